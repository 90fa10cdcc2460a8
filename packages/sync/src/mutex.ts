import { spendBudget, type WaitOptions } from "@bascule/core";
import { ReleasedError } from "./errors.ts";
import { Permits, PermitWait } from "./permits.ts";

/** What a mutex protects, and its one permit. */
class Protected<T> extends Permits {
  value: T;

  constructor(value: T) {
    super(1);
    this.value = value;
  }
}

/** The right to use what a {@link Mutex} protects, until it is released or disposed. */
export class MutexGuard<T> implements Disposable {
  #held: Protected<T> | null;

  constructor(held: Protected<T>) {
    this.#held = held;
  }

  /** What the mutex protects. @throws ReleasedError after release */
  get value(): T {
    return this.#used().value;
  }

  set value(value: T) {
    this.#used().value = value;
  }

  /** Unlocks; the next in line has the lock from this moment on. Harmless the second time. */
  release(): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    held.give(1);
  }

  /** As {@link release}. */
  [Symbol.dispose](): void {
    this.release();
  }

  #used(): Protected<T> {
    if (this.#held === null) throw new ReleasedError("Cannot use the value: the lock was released");
    return this.#held;
  }
}

class LockWait<T> extends PermitWait<MutexGuard<T>> {
  readonly #held: Protected<T>;

  constructor(held: Protected<T>, options: WaitOptions | undefined) {
    super(held, 1, options);
    this.#held = held;
  }

  protected override guard(): MutexGuard<T> {
    return new MutexGuard(this.#held);
  }
}

/**
 * One task at a time, across awaits. The lock is passed on in the order in which it was asked for,
 * and nobody can slip in between. It is not reentrant.
 * @example
 * ```ts
 * import { Mutex } from "@bascule/sync";
 * const balance = new Mutex(10);
 * {
 *   using guard = await balance.lock();
 *   guard.value += 5;
 * }
 * using guard = await balance.lock();
 * if (guard.value !== 15) throw new Error("not kept");
 * ```
 */
export class Mutex<T = undefined> {
  readonly #held: Protected<T>;

  /** @param initial what it protects; leave it out for a mutex that protects no value */
  constructor(...initial: undefined extends T ? [value?: T] : [value: T]) {
    this.#held = new Protected(initial[0] as T);
  }

  get isLocked(): boolean {
    return this.#held.available === 0;
  }

  /** Waits in line. */
  get waiting(): number {
    return this.#held.line.length;
  }

  /**
   * Waits for the lock.
   *
   * Cancel-safe: an abort rejects with its reason and holds nothing; a lock that was passed on
   * meanwhile goes to the next in line.
   */
  lock(options?: WaitOptions): Promise<MutexGuard<T>> {
    const held = this.#held;
    if (held.available === 1 && spendBudget(options)) {
      held.available = 0;
      return Promise.resolve(new MutexGuard(held));
    }
    return new LockWait(held, options).promise;
  }

  /** Takes the lock if it is free; else undefined. */
  tryLock(): MutexGuard<T> | undefined {
    const held = this.#held;
    if (!held.canTake(1)) return undefined;
    held.available = 0;
    return new MutexGuard(held);
  }
}
