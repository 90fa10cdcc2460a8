import { spendBudget, type WaitOptions } from "@bascule/core";
import { PermitWait } from "./permits.ts";
import { ExclusiveGuard, Protected } from "./protected-value.ts";

/** The right to use what a {@link Mutex} protects, until it is released or disposed. */
export class MutexGuard<T> extends ExclusiveGuard<T> {}

class LockWait<T> extends PermitWait<MutexGuard<T>> {
  readonly #held: Protected<T>;

  constructor(held: Protected<T>, options: WaitOptions | undefined) {
    super(held, 1, options);
    this.#held = held;
  }

  override get waitsFor(): string {
    return "mutex";
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
    this.#held = new Protected(initial[0] as T, 1);
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
