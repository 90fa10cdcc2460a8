import { spendBudget, type WaitOptions } from "@bascule/core";
import { checkCount } from "./check.ts";
import { Permits, PermitWait, semaphoreClosedError } from "./permits.ts";

/** Permits of a {@link Semaphore}, held until they are released or disposed. */
export class Permit implements Disposable {
  readonly #permits: Permits;
  #count: number;

  constructor(permits: Permits, count: number) {
    this.#permits = permits;
    this.#count = count;
  }

  /** How many permits it holds; 0 after release. */
  get count(): number {
    return this.#count;
  }

  /** Gives the permits back. Harmless the second time. */
  release(): void {
    const count = this.#count;
    this.#count = 0;
    if (count !== 0) this.#permits.give(count);
  }

  /** Never gives the permits back: the semaphore has fewer from now on. */
  forget(): void {
    this.#count = 0;
  }

  /** As {@link release}. */
  [Symbol.dispose](): void {
    this.release();
  }
}

class AcquireWait extends PermitWait<Permit> {
  readonly #source: Permits;

  constructor(permits: Permits, count: number, options: WaitOptions | undefined) {
    super(permits, count, options);
    this.#source = permits;
  }

  override get waitsFor(): string {
    return "semaphore";
  }

  protected override guard(): Permit {
    return new Permit(this.#source, this.count);
  }
}

/**
 * A number of permits to share: at most so many connections, requests, open files at a time.
 * Requests are served strictly in order, whatever their weight, so none is starved.
 *
 * @throws RangeError when `permits` is not a whole number of at least 0
 * @example
 * ```ts
 * import { spawn } from "@bascule/core";
 * import { Semaphore } from "@bascule/sync";
 * const uploads = new Semaphore(3);
 * const free = await spawn(async () => {
 *   using permit = await uploads.acquire(2);
 *   return uploads.available + permit.count;
 * });
 * if (free !== 3 || uploads.available !== free) throw new Error("not released");
 * ```
 */
export class Semaphore {
  readonly #permits: Permits;

  constructor(permits: number) {
    if (permits !== 0) checkCount(permits, "a number of permits");
    this.#permits = new Permits(permits);
  }

  /** Permits that nobody holds. */
  get available(): number {
    return this.#permits.available;
  }

  /** Waits in line. */
  get waiting(): number {
    return this.#permits.line.length;
  }

  /**
   * Waits for one permit, or for `count` together.
   *
   * Cancel-safe: an abort rejects with its reason and holds nothing; permits that were granted
   * meanwhile go to the next in line.
   * @throws (rejects) SemaphoreClosedError when closed, also meanwhile
   * @throws RangeError when `count` is not a whole number of at least 1
   */
  acquire(options?: WaitOptions): Promise<Permit>;
  acquire(count: number, options?: WaitOptions): Promise<Permit>;
  acquire(first?: number | WaitOptions, second?: WaitOptions): Promise<Permit> {
    const hasCount = first !== undefined && typeof first !== "object";
    const count = hasCount ? first : 1;
    const options = hasCount ? second : first;
    if (count !== 1) checkCount(count, "a number of permits");
    const permits = this.#permits;
    if (permits.isClosed) return Promise.reject(semaphoreClosedError());
    if (permits.canTake(count) && spendBudget(options)) {
      permits.available -= count;
      return Promise.resolve(new Permit(permits, count));
    }
    return new AcquireWait(permits, count, options).promise;
  }

  /**
   * Takes permits if they are here, nobody waits for some, and it is not closed; else undefined.
   */
  tryAcquire(count: number = 1): Permit | undefined {
    checkCount(count, "a number of permits");
    const permits = this.#permits;
    if (permits.isClosed || !permits.canTake(count)) return undefined;
    permits.available -= count;
    return new Permit(permits, count);
  }

  /** Adds permits that were not there before. */
  addPermits(count: number): void {
    checkCount(count, "a number of permits");
    this.#permits.give(count);
  }

  /**
   * Grants nothing any more: everyone in line gets `SemaphoreClosedError`. Permits held stay valid.
   */
  close(): void {
    this.#permits.close();
  }

  get isClosed(): boolean {
    return this.#permits.isClosed;
  }
}
