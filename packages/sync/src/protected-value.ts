import { ReleasedError } from "./errors.ts";
import { Permits } from "./permits.ts";

/** What a lock protects, and the permits of which whoever may change it holds all. */
export class Protected<T> extends Permits {
  value: T;
  readonly permitsMax: number;

  constructor(value: T, permitsMax: number) {
    super(permitsMax);
    this.value = value;
    this.permitsMax = permitsMax;
  }
}

/** The right to use a protected value alone, until it is released or disposed. */
export abstract class ExclusiveGuard<T> implements Disposable {
  #held: Protected<T> | null;

  constructor(held: Protected<T>) {
    this.#held = held;
  }

  /** What the lock protects. @throws ReleasedError after release */
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
    held.give(held.permitsMax);
  }

  /** As {@link release}. */
  [Symbol.dispose](): void {
    this.release();
  }

  #used(): Protected<T> {
    if (this.#held === null) throw releasedError();
    return this.#held;
  }
}

export function releasedError(): ReleasedError {
  return new ReleasedError("Cannot use the value: the lock was released");
}
