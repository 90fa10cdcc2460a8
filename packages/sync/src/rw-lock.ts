import { spendBudget, type WaitOptions } from "@bascule/core";
import { PermitWait } from "./permits.ts";
import { ExclusiveGuard, Protected, releasedError } from "./protected-value.ts";

/** A writer takes all permits, a reader one: more readers than this have to wait. */
const READERS_MAX = 0x2000_0000;

/** The right to read what a {@link RwLock} protects, together with other readers. */
export class ReadGuard<T> implements Disposable {
  #held: Protected<T> | null;

  constructor(held: Protected<T>) {
    this.#held = held;
  }

  /** What the lock protects. @throws ReleasedError after release */
  get value(): T {
    if (this.#held === null) throw releasedError();
    return this.#held.value;
  }

  /** Gives the right up. Harmless the second time. */
  release(): void {
    const held = this.#held;
    this.#held = null;
    held?.give(1);
  }

  /** As {@link release}. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/** The right to read and change what a {@link RwLock} protects, alone. */
export class WriteGuard<T> extends ExclusiveGuard<T> {}

class ReadWait<T> extends PermitWait<ReadGuard<T>> {
  readonly #held: Protected<T>;

  constructor(held: Protected<T>, options: WaitOptions | undefined) {
    super(held, 1, options);
    this.#held = held;
  }

  override get waitsFor(): string {
    return "read lock";
  }

  protected override guard(): ReadGuard<T> {
    return new ReadGuard(this.#held);
  }
}

class WriteWait<T> extends PermitWait<WriteGuard<T>> {
  readonly #held: Protected<T>;

  constructor(held: Protected<T>, options: WaitOptions | undefined) {
    super(held, READERS_MAX, options);
    this.#held = held;
  }

  override get waitsFor(): string {
    return "write lock";
  }

  protected override guard(): WriteGuard<T> {
    return new WriteGuard(this.#held);
  }
}

/**
 * Many readers or one writer, across awaits. Everybody is served in the order of asking: readers
 * that come after a waiting writer wait behind it, so neither kind starves the other. A task that
 * holds a read guard must not ask for a second one: a writer in between would block both.
 * @example
 * ```ts
 * import { RwLock } from "@bascule/sync";
 * const routes = new RwLock(new Map<string, string>());
 * {
 *   using guard = await routes.write();
 *   guard.value.set("/", "home");
 * }
 * using one = await routes.read();
 * using two = await routes.read();
 * if (one.value.get("/") !== two.value.get("/")) throw new Error("readers differ");
 * ```
 */
export class RwLock<T = undefined> {
  readonly #held: Protected<T>;

  /** @param initial what it protects; leave it out for a lock that protects no value */
  constructor(...initial: undefined extends T ? [value?: T] : [value: T]) {
    this.#held = new Protected(initial[0] as T, READERS_MAX);
  }

  /** Readers and writers that wait in line. */
  get waiting(): number {
    return this.#held.line.length;
  }

  /**
   * Waits until no writer has the lock or stands before this call. Cancel-safe: an abort rejects
   * with its reason and holds nothing.
   */
  read(options?: WaitOptions): Promise<ReadGuard<T>> {
    const held = this.#held;
    if (held.canTake(1) && spendBudget(options)) {
      held.available--;
      return Promise.resolve(new ReadGuard(held));
    }
    return new ReadWait(held, options).promise;
  }

  /**
   * Waits until nobody has the lock or stands before this call. Cancel-safe: an abort rejects with
   * its reason, holds nothing, and lets the readers behind it go on.
   */
  write(options?: WaitOptions): Promise<WriteGuard<T>> {
    const held = this.#held;
    if (held.canTake(READERS_MAX) && spendBudget(options)) {
      held.available = 0;
      return Promise.resolve(new WriteGuard(held));
    }
    return new WriteWait(held, options).promise;
  }

  /** Reads if that is possible without waiting or overtaking a writer; else undefined. */
  tryRead(): ReadGuard<T> | undefined {
    const held = this.#held;
    if (!held.canTake(1)) return undefined;
    held.available--;
    return new ReadGuard(held);
  }

  /** Writes if nobody has the lock; else undefined. */
  tryWrite(): WriteGuard<T> | undefined {
    const held = this.#held;
    if (!held.canTake(READERS_MAX)) return undefined;
    held.available = 0;
    return new WriteGuard(held);
  }
}
