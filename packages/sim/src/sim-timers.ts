import { AsyncLocalStorage } from "node:async_hooks";
import { contextStorage, Runtime } from "@bascule/core";
import type { WorldState } from "./world-state.ts";

/** What is longer, as what is shorter than a millisecond, becomes one: as in Bun. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;
/** Numbers of timers begin where Bun's never come to. */
const FIRST_ID = 2 ** 32;

export type Callback = (...given: unknown[]) => unknown;

/** What stands for a timer of Bun's. It ends when the host that made it crashes. */
class SimTimer {
  readonly #timers: SimTimers;
  readonly #waitMs: number;
  readonly #repeats: boolean;
  readonly #work: () => unknown;
  readonly #home: Runtime | null = currentHome();
  readonly #inContext: <R>(work: () => R) => R = AsyncLocalStorage.snapshot();
  /** Counts how often it was armed: only the last counts. */
  #armed: number = 0;
  /** Null until it is asked for. */
  #id: number | null = null;
  #isCleared: boolean = false;
  #isReferenced: boolean = true;

  constructor(timers: SimTimers, waitMs: number, repeats: boolean, work: () => unknown) {
    this.#timers = timers;
    this.#waitMs = waitMs;
    this.#repeats = repeats;
    this.#work = work;
  }

  /** Begins, or begins anew, also when it has fired. */
  refresh(): this {
    if (!this.#isCleared) this.#arm();
    return this;
  }

  close(): this {
    this.#isCleared = true;
    return this;
  }

  ref(): this {
    this.#isReferenced = true;
    return this;
  }

  unref(): this {
    this.#isReferenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.#isReferenced;
  }

  [Symbol.toPrimitive](): number {
    return (this.#id ??= this.#timers.number(this));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #arm(): void {
    const armed = ++this.#armed;
    this.#timers.world.after(this.#waitMs, () => {
      if (armed === this.#armed) this.#fire();
    });
  }

  #fire(): void {
    if (this.#isCleared || this.#home?.isAbandoned === true) return;
    if (this.#repeats) this.#arm();
    this.#inContext(this.#work);
  }
}

/** Makes the timers of one world, and finds them by their numbers. */
export class SimTimers {
  readonly world: WorldState;
  /** Those that were asked for their number. */
  readonly #numbered: Map<number, SimTimer> = new Map();

  constructor(world: WorldState) {
    this.world = world;
  }

  /** As `setTimeout` and `setInterval` do. */
  start(callback: Callback, ms: unknown, given: unknown[], repeats: boolean): SimTimer {
    const asked = Number(ms);
    const waitMs = asked >= 1 && asked <= TIMEOUT_MS_MAX ? asked : 1;
    return new SimTimer(this, waitMs, repeats, () => callback(...given)).refresh();
  }

  /** Does something after a while, however long; at once after what is no time. */
  after(ms: number, work: () => unknown): void {
    new SimTimer(this, ms > 0 ? ms : 0, false, work).refresh();
  }

  /** @returns whether it is one of these: a timer or the number of one */
  clear(timer: unknown): boolean {
    const found = typeof timer === "number" ? this.#numbered.get(timer) : timer;
    if (!(found instanceof SimTimer)) return false;
    found.close();
    return true;
  }

  /** Gives a timer the number that it is found by. */
  number(timer: SimTimer): number {
    const id = FIRST_ID + this.#numbered.size;
    this.#numbered.set(id, timer);
    return id;
  }
}

/** The runtime of the host that the running code belongs to. */
function currentHome(): Runtime | null {
  const owner = contextStorage.getStore()?.task.executor.owner;
  return owner instanceof Runtime ? owner : null;
}
