import { type Channel, channel } from "node:diagnostics_channel";
import type { Operation } from "../contract/operation.ts";
import type { Runtime } from "../runtime.ts";
import { describeSite } from "../spawn-site.ts";
import { REJECTED, type Task } from "../task.ts";
import { RuntimeObserver } from "./observer.ts";

/** Published to `bascule:task:spawn`. Times here are those of `performance.now()`. */
export interface TaskSpawnMessage {
  readonly runtime: Runtime;
  readonly taskId: number;
  readonly name: string;
  readonly priority: string;
  /** 0 is code outside every task. */
  readonly parentId: number;
  readonly spawnSite: string;
  readonly timeMs: number;
}

/** Published to `bascule:task:poll`, at the end of each poll. */
export interface TaskPollMessage {
  readonly runtime: Runtime;
  readonly taskId: number;
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
}

/** Published to `bascule:task:end`. */
export interface TaskEndMessage {
  readonly runtime: Runtime;
  readonly taskId: number;
  readonly name: string;
  readonly outcome: "fulfilled" | "rejected";
  /** What it threw; undefined when it returned. */
  readonly error: unknown;
  readonly polls: number;
  readonly timeMs: number;
}

/**
 * Published to `bascule:operation:submit`, `bascule:operation:cancel` and, with `result` and
 * `more`, to `bascule:operation:complete`. Slot and generation together name one submission.
 */
export interface OperationMessage {
  readonly runtime: Runtime;
  /** The system call: `recv`, `accept`. */
  readonly kind: string;
  /** -1 when it has none. */
  readonly descriptor: number;
  readonly slot: number;
  readonly generation: number;
  readonly timeMs: number;
  /** `>= 0` or `-errno`; undefined unless it completed. */
  readonly result: number | undefined;
  /** Whether further completions follow; undefined unless it completed. */
  readonly more: boolean | undefined;
}

const taskSpawn = channel("bascule:task:spawn");
const taskPoll = channel("bascule:task:poll");
const taskEnd = channel("bascule:task:end");
const operationSubmit = channel("bascule:operation:submit");
const operationCancel = channel("bascule:operation:cancel");
const operationComplete = channel("bascule:operation:complete");
const CHANNELS: readonly Channel[] = [
  taskSpawn,
  taskPoll,
  taskEnd,
  operationSubmit,
  operationCancel,
  operationComplete,
];

/** The publisher of each runtime; null while nobody subscribes to any channel. */
const publishers: Map<Runtime, Disposable | null> = new Map();

/** Publishes what a runtime does for as long as somebody subscribes to one of the channels. */
export function publishDiagnostics(runtime: Runtime): void {
  watchSubscriptions();
  publishers.set(runtime, null);
  followSubscriptions();
}

export function stopDiagnostics(runtime: Runtime): void {
  publishers.delete(runtime);
}

let isWatching = false;

/**
 * A channel does not say when the first subscriber comes, and asking every time would cost more
 * than the event. So these channels, which are ours, get a `subscribe` and an `unsubscribe` of
 * their own: the module's functions of those names call them.
 */
function watchSubscriptions(): void {
  if (isWatching) return;
  isWatching = true;
  for (const each of CHANNELS) {
    for (const method of ["subscribe", "unsubscribe"] as const) {
      Object.defineProperty(each, method, {
        configurable: true,
        writable: true,
        value(this: Channel, subscription: unknown): unknown {
          const inherited: unknown = Reflect.get(Object.getPrototypeOf(this), method);
          const result: unknown = Reflect.apply(inherited as () => unknown, this, [subscription]);
          followSubscriptions();
          return result;
        },
      });
    }
  }
}

function followSubscriptions(): void {
  const isWanted = CHANNELS.some(({ hasSubscribers }) => hasSubscribers);
  for (const [runtime, publisher] of publishers) {
    if (isWanted === (publisher !== null)) continue;
    publisher?.[Symbol.dispose]();
    publishers.set(runtime, isWanted ? runtime.observe(new Publisher(runtime)) : null);
  }
}

class Publisher extends RuntimeObserver {
  readonly #runtime: Runtime;
  readonly #startMs: number[] = [];

  constructor(runtime: Runtime) {
    super();
    this.#runtime = runtime;
  }

  override taskSpawned(task: Task, timeMs: number): void {
    if (!taskSpawn.hasSubscribers) return;
    const { id: taskId, name, priority, parentId } = task;
    const spawnSite = describeSite(task.site);
    const runtime = this.#runtime;
    const message = { runtime, taskId, name, priority, parentId, spawnSite, timeMs };
    taskSpawn.publish(message satisfies TaskSpawnMessage);
  }

  override pollStarted(_task: Task, nowMs: number): void {
    this.#startMs.push(nowMs);
  }

  override pollEnded(task: Task, nowMs: number): void {
    const startMs = this.#startMs.pop();
    if (startMs === undefined || !taskPoll.hasSubscribers) return;
    const { id: taskId, name } = task;
    const durationMs = nowMs - startMs;
    const message = { runtime: this.#runtime, taskId, name, startMs, durationMs };
    taskPoll.publish(message satisfies TaskPollMessage);
  }

  override taskEnded(task: Task, timeMs: number): void {
    if (!taskEnd.hasSubscribers) return;
    const { id: taskId, name, polls, state, value } = task;
    const isRejected = state === REJECTED;
    taskEnd.publish({
      runtime: this.#runtime,
      taskId,
      name,
      outcome: isRejected ? "rejected" : "fulfilled",
      error: isRejected ? value : undefined,
      polls,
      timeMs,
    } satisfies TaskEndMessage);
  }

  override operationSubmitted(operation: Operation, timeMs: number): void {
    this.#publish(operationSubmit, operation, timeMs, undefined, undefined);
  }

  override operationCancelled(operation: Operation, timeMs: number): void {
    this.#publish(operationCancel, operation, timeMs, undefined, undefined);
  }

  override operationCompleted(
    operation: Operation,
    result: number,
    more: boolean,
    timeMs: number,
  ): void {
    this.#publish(operationComplete, operation, timeMs, result, more);
  }

  #publish(
    to: Channel,
    { kind, descriptor, slot, generation }: Operation,
    timeMs: number,
    result: number | undefined,
    more: boolean | undefined,
  ): void {
    if (!to.hasSubscribers) return;
    to.publish({
      runtime: this.#runtime,
      kind: kind?.name ?? "unknown",
      descriptor: descriptor?.fd ?? -1,
      slot,
      generation,
      timeMs,
      result,
      more,
    } satisfies OperationMessage);
  }
}
