import { PENDING, Wait, type WaitOptions } from "@bascule/core";
import { ChannelClosedError } from "./errors.ts";

class OneshotWait<T> extends Wait<T> {
  #value: T | typeof PENDING = PENDING;

  settle(value: T): void {
    this.#value = value;
    this.wake();
  }

  override get waitsFor(): string {
    return "oneshot";
  }

  protected override poll(): T | typeof PENDING {
    return this.#value;
  }

  protected override cancelled(): void {
    this.#value = PENDING;
  }
}

/** The sending half of a {@link oneshot}: gives one value, once. */
export class OneshotSender<T> implements Disposable {
  readonly #wait: OneshotWait<T>;

  constructor(wait: OneshotWait<T>) {
    this.#wait = wait;
  }

  /**
   * Whether `send` would do nothing: a value was sent, this was closed, or the receiver gave up.
   */
  get isClosed(): boolean {
    return !this.#wait.isWaiting;
  }

  /** Gives the value. @returns false, dropping it, when {@link isClosed} */
  send(value: T): boolean {
    if (!this.#wait.isWaiting) return false;
    this.#wait.settle(value);
    return true;
  }

  /** Gives up: the promise rejects with `ChannelClosedError`, unless a value has been sent. */
  close(): void {
    if (!this.#wait.isWaiting) return;
    this.#wait.fail(new ChannelClosedError("Cannot receive the value: its sender was closed"));
  }

  /** As {@link close}: harmless after `send`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * One value from one task to another: the answer to a request. The promise belongs to the task that
 * calls `oneshot`, and its abort, or that of `options.signal`, rejects it. A promise that nobody
 * looks at is never reported as unhandled.
 *
 * Rejects with `ChannelClosedError` when the sender is closed without having sent.
 * @example
 * ```ts
 * import { spawn } from "@bascule/core";
 * import { oneshot } from "@bascule/sync";
 * const [reply, answer] = oneshot<number>();
 * spawn(() => reply.send(42));
 * if ((await answer) !== 42) throw new Error("a wrong answer");
 * ```
 */
export function oneshot<T>(options?: WaitOptions): [OneshotSender<T>, Promise<T>] {
  const wait = new OneshotWait<T>(options);
  // Losing interest in an answer is normal: whoever does look still gets the rejection.
  wait.promise.catch(ignore);
  return [new OneshotSender(wait), wait.promise];
}

function ignore(): void {}
