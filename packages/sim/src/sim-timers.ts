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
  readonly #world: WorldState;
  readonly #waitMs: number;
  readonly #repeats: boolean;
  readonly #work: () => unknown;
  readonly #idOf: (timer: SimTimer) => number;
  readonly #home: Runtime | null = currentHome();
  readonly #inContext: <R>(work: () => R) => R = AsyncLocalStorage.snapshot();
  /** Counts how often it was armed: only the last counts. */
  #armed: number = 0;
  #isCleared: boolean = false;
  #isReferenced: boolean = true;

  constructor(
    world: WorldState,
    waitMs: number,
    repeats: boolean,
    work: () => unknown,
    idOf: (timer: SimTimer) => number,
  ) {
    this.#world = world;
    this.#waitMs = waitMs;
    this.#repeats = repeats;
    this.#work = work;
    this.#idOf = idOf;
    this.#arm();
  }

  /** Begins anew, also when it has fired. */
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
    return this.#idOf(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #arm(): void {
    const armed = ++this.#armed;
    this.#world.after(this.#waitMs, () => {
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
  readonly #world: WorldState;
  /** Those that were asked for their number. */
  readonly #numbered: Map<number, SimTimer> = new Map();
  readonly #ids: WeakMap<SimTimer, number> = new WeakMap();

  constructor(world: WorldState) {
    this.#world = world;
  }

  /** As `setTimeout` and `setInterval` do. */
  start(callback: Callback, ms: unknown, given: unknown[], repeats: boolean): SimTimer {
    const asked = Number(ms);
    const waitMs = asked >= 1 && asked <= TIMEOUT_MS_MAX ? asked : 1;
    return this.#make(waitMs, repeats, () => callback(...given));
  }

  /** Does something after a while, however long; at once after what is no time. */
  after(ms: number, work: () => unknown): void {
    this.#make(ms > 0 ? ms : 0, false, work);
  }

  /** @returns whether it is one of these: a timer or the number of one */
  clear(timer: unknown): boolean {
    const found = typeof timer === "number" ? this.#numbered.get(timer) : timer;
    if (!(found instanceof SimTimer)) return false;
    found.close();
    return true;
  }

  #make(waitMs: number, repeats: boolean, work: () => unknown): SimTimer {
    return new SimTimer(this.#world, waitMs, repeats, work, (timer) => this.#idOf(timer));
  }

  #idOf(timer: SimTimer): number {
    const known = this.#ids.get(timer);
    if (known !== undefined) return known;
    const id = FIRST_ID + this.#numbered.size;
    this.#numbered.set(id, timer);
    this.#ids.set(timer, id);
    return id;
  }
}

/** The runtime of the host that the running code belongs to. */
function currentHome(): Runtime | null {
  const owner = contextStorage.getStore()?.task.executor.owner;
  return owner instanceof Runtime ? owner : null;
}
