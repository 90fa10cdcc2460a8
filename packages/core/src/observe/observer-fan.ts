import type { Operation } from "../contract/operation.ts";
import type { Task } from "../task.ts";
import { RuntimeObserver } from "./observer.ts";

/** Several observers as one, so that the hot paths look at a single field. */
export class ObserverFan extends RuntimeObserver {
  readonly #observers: readonly RuntimeObserver[];

  constructor(observers: readonly RuntimeObserver[]) {
    super();
    this.#observers = observers;
  }

  override taskSpawned(task: Task, nowMs: number): void {
    for (const each of this.#observers) each.taskSpawned(task, nowMs);
  }

  override taskWoken(task: Task, bySelf: boolean): void {
    for (const each of this.#observers) each.taskWoken(task, bySelf);
  }

  override pollStarted(task: Task, nowMs: number): void {
    for (const each of this.#observers) each.pollStarted(task, nowMs);
  }

  override pollEnded(task: Task, nowMs: number): void {
    for (const each of this.#observers) each.pollEnded(task, nowMs);
  }

  override taskEnded(task: Task, nowMs: number): void {
    for (const each of this.#observers) each.taskEnded(task, nowMs);
  }

  override operationSubmitted(operation: Operation, nowMs: number): void {
    for (const each of this.#observers) each.operationSubmitted(operation, nowMs);
  }

  override operationCancelled(operation: Operation, nowMs: number): void {
    for (const each of this.#observers) each.operationCancelled(operation, nowMs);
  }

  override operationCompleted(
    operation: Operation,
    result: number,
    more: boolean,
    nowMs: number,
  ): void {
    for (const each of this.#observers) each.operationCompleted(operation, result, more, nowMs);
  }

  override turnStarted(timeoutMs: number, nowMs: number): void {
    for (const each of this.#observers) each.turnStarted(timeoutMs, nowMs);
  }

  override turnEnded(timeoutMs: number, completions: number, nowMs: number): void {
    for (const each of this.#observers) each.turnEnded(timeoutMs, completions, nowMs);
  }

  override parked(nowMs: number): void {
    for (const each of this.#observers) each.parked(nowMs);
  }

  override awoken(nowMs: number): void {
    for (const each of this.#observers) each.awoken(nowMs);
  }
}
