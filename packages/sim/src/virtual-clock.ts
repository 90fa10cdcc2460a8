import type { Clock } from "@bascule/core";

/** A moment that a simulation begins at, for `Date`: the first of January 2026, UTC. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

/** Time that goes by only when it is told to. */
export class VirtualClock implements Clock {
  #nowMs: number = 0;
  readonly #lookMs: number;

  constructor(lookMs: number) {
    this.#lookMs = lookMs;
  }

  /** Milliseconds since the world began. */
  now(): number {
    this.#nowMs += this.#lookMs;
    return this.#nowMs;
  }

  /** Milliseconds since 1970, for what asks `Date`. */
  get wallMs(): number {
    return EPOCH_MS + Math.floor(this.#nowMs);
  }

  advanceTo(ms: number): void {
    if (ms > this.#nowMs) this.#nowMs = ms;
  }
}
