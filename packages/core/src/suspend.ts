import { checkFunction } from "./check.ts";
import { PENDING, Wait, type WaitOptions } from "./wait.ts";

/** Wakes one suspended wait. The first call wins; later ones do nothing. */
export interface Waker<T = void> {
  /** Queues the task; `suspend` resolves with `value` when its turn comes. Never resumes inline. */
  wake(value: T): void;
  /** Queues the task; `suspend` rejects with `error`. */
  fail(error: unknown): void;
}

class SuspendedWait<T> extends Wait<T> implements Waker<T> {
  #value: T | typeof PENDING = PENDING;
  #failed: boolean = false;
  /** Set right after construction: the registration may wake, or abort, at once. */
  #onCancel: ((undelivered?: T) => void) | null = null;
  #isCancelled: boolean = false;

  /** What the registration returned. */
  heedCancel(onCancel: (undelivered?: T) => void): void {
    this.#onCancel = onCancel;
    if (this.#isCancelled) this.#handBack();
  }

  // A public waker is told apart from the wait's own wake-up by its argument.
  override wake(value?: T): void {
    if (this.#value !== PENDING || this.#failed) return;
    this.#value = value as T;
    super.wake();
  }

  override fail(error: unknown): void {
    if (this.#value !== PENDING || this.#failed) return;
    this.#failed = true;
    super.fail(error);
  }

  override get waitsFor(): string {
    return "waker";
  }

  protected override poll(): T | typeof PENDING {
    return this.#value;
  }

  protected override cancelled(): void {
    this.#failed = true;
    this.#isCancelled = true;
    this.#handBack();
  }

  #handBack(): void {
    if (this.#value === PENDING) this.#onCancel?.();
    else this.#onCancel?.(this.#value);
  }
}

/**
 * Suspends the running task until `waker.wake(value)` is called: the leaf from which any wait can
 * be built on events that are not Bascule's.
 *
 * @param register is called at once with the waker. What it returns is called when the wait is
 *   aborted, with the value of a wake-up that came before the abort and was not delivered any more.
 *   What that throws takes the place of the abort's reason
 * @throws (rejects) `signal.reason` when aborted, the task's abort reason, what `waker.fail` got,
 *   or what `register` threw
 * @example
 * ```ts
 * import { suspend } from "@bascule/core";
 * const message = await suspend<string>((waker) => {
 *   const timer = setTimeout(() => waker.wake("hello"), 5);
 *   return () => clearTimeout(timer);
 * });
 * if (message !== "hello") throw new Error("woken with another value");
 * ```
 */
export function suspend<T>(
  register: (waker: Waker<T>) => ((undelivered?: T) => void) | void,
  options?: WaitOptions,
): Promise<T> {
  checkFunction(register, "suspend for");
  const wait = new SuspendedWait<T>(options);
  if (!wait.isWaiting) return wait.promise;
  try {
    const onCancel = register(wait);
    if (typeof onCancel === "function") wait.heedCancel(onCancel);
  } catch (error) {
    // Over already: woken, or aborted, by the registration itself.
    if (!wait.isWaiting) {
      return wait.promise.finally(() => {
        throw error;
      });
    }
    // Otherwise it would stay with the task, which nobody could end.
    wait.fail(error);
  }
  return wait.promise;
}
