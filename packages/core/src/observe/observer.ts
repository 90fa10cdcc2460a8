import type { Operation } from "../contract/operation.ts";
import type { Task } from "../task.ts";

/**
 * Is told what a runtime does, as it happens, once {@link Runtime.observe} has been given it.
 * Override what is of interest. Times are those of `performance.now()`, in milliseconds.
 *
 * A method runs inside the executor or while a kernel queue is drained: it may record, and must not
 * throw, wait, spawn, submit or keep the operation, which is pooled and used again.
 */
export abstract class RuntimeObserver {
  /** A task was made; its work begins in its first poll. */
  taskSpawned(_task: Task, _nowMs: number): void {}

  /**
   * A task was put into a run queue.
   * @param _bySelf whether it did that itself, in its own poll (`yieldNow`, say)
   */
  taskWoken(_task: Task, _bySelf: boolean): void {}

  /**
   * A task runs until {@link pollEnded}. Polls nest where a task calls `blockOn`. What a task does
   * after awaiting a promise that is not Bascule's runs outside of polls.
   */
  pollStarted(_task: Task, _nowMs: number): void {}

  pollEnded(_task: Task, _nowMs: number): void {}

  /** A task has returned or thrown. Comes before the end of its last poll. */
  taskEnded(_task: Task, _nowMs: number): void {}

  /** An operation was handed to the driver. */
  operationSubmitted(_operation: Operation, _nowMs: number): void {}

  /** The end of an operation was asked for; it still completes. */
  operationCancelled(_operation: Operation, _nowMs: number): void {}

  /**
   * A completion came. The operation still has the kind and the descriptor it had.
   * @param _result `>= 0` or `-errno`
   * @param _more whether further completions follow
   */
  operationCompleted(_operation: Operation, _result: number, _more: boolean, _nowMs: number): void {
    // Nothing, unless overridden.
  }

  /** The driver is turned, and waits at most so long in the kernel; 0 does not wait. */
  turnStarted(_timeoutMs: number, _nowMs: number): void {}

  /** @param _completions as the driver counts them */
  turnEnded(_timeoutMs: number, _completions: number, _nowMs: number): void {}

  /** Bun's loop has the thread until something comes: it sleeps, or runs what is not ours. */
  parked(_nowMs: number): void {}

  awoken(_nowMs: number): void {}

  /** It will be told nothing more: it was disposed of, or the runtime has been shut down. */
  detached(): void {}
}
