import type { Operation } from "../src/contract/operation.ts";
import { RuntimeObserver } from "../src/observe/observer.ts";
import type { Task } from "../src/task.ts";

/** Writes down everything that an observer is told. */
export class EventLog extends RuntimeObserver {
  readonly events: string[] = [];
  readonly timesMs: number[] = [];

  override taskSpawned(task: Task, nowMs: number): void {
    this.#note(`spawned ${task.name}`, nowMs);
  }

  override taskWoken(task: Task, bySelf: boolean): void {
    this.#note(bySelf ? `woken ${task.name} by itself` : `woken ${task.name}`);
  }

  override pollStarted(task: Task, nowMs: number): void {
    this.#note(`poll ${task.name}`, nowMs);
  }

  override pollEnded(task: Task, nowMs: number): void {
    this.#note(`end of poll ${task.name}`, nowMs);
  }

  override taskEnded(task: Task, nowMs: number): void {
    this.#note(`ended ${task.name}`, nowMs);
  }

  override operationSubmitted(operation: Operation, nowMs: number): void {
    this.#note(`submitted ${operation.kind?.name}`, nowMs);
  }

  override operationCancelled(operation: Operation, nowMs: number): void {
    this.#note(`cancelled ${operation.kind?.name}`, nowMs);
  }

  override operationCompleted(
    operation: Operation,
    result: number,
    more: boolean,
    nowMs: number,
  ): void {
    const rest = more ? ", more follows" : "";
    this.#note(`completed ${operation.kind?.name} with ${result}${rest}`, nowMs);
  }

  override turnStarted(timeoutMs: number, nowMs: number): void {
    if (timeoutMs > 0) this.#note("turn that waits", nowMs);
  }

  override turnEnded(timeoutMs: number, _completions: number, nowMs: number): void {
    if (timeoutMs > 0) this.#note("end of turn that waits", nowMs);
  }

  override parked(nowMs: number): void {
    this.#note("parked", nowMs);
  }

  override awoken(nowMs: number): void {
    this.#note("awoken", nowMs);
  }

  override detached(): void {
    this.#note("detached");
  }

  #note(event: string, nowMs?: number): void {
    this.events.push(event);
    if (nowMs !== undefined) this.timesMs.push(nowMs);
  }
}
