import type { WaitOptions } from "@bascule/core";
import { SemaphoreClosedError } from "./errors.ts";
import { LineWait, type Queued, WaitLine } from "./wait-line.ts";

interface PermitQueued extends Queued {
  readonly count: number;
}

/**
 * What every lock is made of: permits, and a line of those who want some. Permits go to the front
 * of the line only, so that a large request is not starved by small ones behind it.
 */
export class Permits {
  available: number;
  isClosed: boolean = false;
  readonly line: WaitLine<PermitQueued> = new WaitLine();

  constructor(available: number) {
    this.available = available;
  }

  /** Whether so many are here, and nobody waits who would be overtaken. */
  canTake(count: number): boolean {
    return this.available >= count && this.line.first === null;
  }

  give(count: number): void {
    this.available += count;
    if (this.line.first !== null) this.admit();
  }

  /** Grants permits from the front of the line: they are taken before the wait is delivered. */
  admit(): void {
    for (;;) {
      const { first } = this.line;
      if (first === null || first.count > this.available) return;
      this.available -= first.count;
      this.line.remove(first);
      first.wake();
    }
  }

  close(): void {
    this.isClosed = true;
    this.line.failAll(semaphoreClosedError);
  }
}

export function semaphoreClosedError(): SemaphoreClosedError {
  return new SemaphoreClosedError("Cannot acquire a permit: the semaphore is closed");
}

/** A wait for permits that resolves with what guards them. */
export abstract class PermitWait<G> extends LineWait<G> implements PermitQueued {
  readonly count: number;
  readonly #permits: Permits;

  constructor(permits: Permits, count: number, options: WaitOptions | undefined) {
    super(options);
    this.count = count;
    this.#permits = permits;
    if (!this.isWaiting) return;
    permits.line.enter(this);
    permits.admit();
  }

  /** Makes the guard; the permits are taken already. */
  protected abstract guard(): G;

  protected override poll(): G {
    return this.guard();
  }

  protected override cancelled(): void {
    // In line it had nothing, but it may have stood in the way; out of line it had been granted.
    if (this.#permits.line.remove(this)) this.#permits.admit();
    else this.#permits.give(this.count);
  }
}
