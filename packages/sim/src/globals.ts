import { AsyncLocalStorage } from "node:async_hooks";
import { contextStorage, Runtime } from "@bascule/core";
import { Random } from "./random.ts";
import type { WorldState } from "./world-state.ts";

/** Drawn from the seed, but apart from the decisions: a program's own dice are not shrunk. */
const DICE = 0x5eed;

/** What stands for a timer of Bun's. */
class SimTimer {
  isActive: boolean = true;

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.dispose](): void {
    this.isActive = false;
  }
}

type Callback = (...given: unknown[]) => unknown;

/**
 * While a world runs, time and chance are its own for every program in it: `Date`,
 * `performance.now`, `Math.random`, `crypto.getRandomValues`, `setTimeout` and its like. They are
 * Bun's again as soon as the world rests.
 */
export class Globals implements Disposable {
  readonly #restore: (() => void)[] = [];

  constructor(world: WorldState, seed: number) {
    const { clock } = world;
    const random = new Random(seed ^ DICE);
    this.#replace(
      globalThis,
      "Date",
      virtualDate(() => clock.wallMs),
    );
    this.#replace(performance, "now", () => clock.now());
    this.#replace(Math, "random", () => random.fraction());
    this.#replace(crypto, "getRandomValues", <T extends ArrayBufferView>(target: T): T => {
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      for (let i = 0; i < bytes.length; i++) bytes[i] = random.next();
      return target;
    });
    this.#replace(crypto, "randomUUID", () => uuid(random));
    this.#replaceTimers(world);
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore.splice(0).reverse()) restore();
  }

  #replaceTimers(world: WorldState): void {
    const start = (
      ms: unknown,
      repeats: boolean,
      callback: Callback,
      given: unknown[],
    ): SimTimer => {
      const timer = new SimTimer();
      const run = AsyncLocalStorage.snapshot();
      const home = currentHome();
      const waitMs = Math.max(1, Number(ms) || 0);
      const fire = (): void => {
        if (!timer.isActive || home?.isAbandoned === true) return;
        if (repeats) world.after(waitMs, fire);
        else timer.isActive = false;
        run(callback, ...given);
      };
      world.after(waitMs, fire);
      return timer;
    };
    const stop = (timer: unknown): void => {
      if (timer instanceof SimTimer) timer.isActive = false;
    };
    this.#replace(
      globalThis,
      "setTimeout",
      (callback: Callback, ms?: number, ...given: unknown[]) => start(ms, false, callback, given),
    );
    this.#replace(
      globalThis,
      "setInterval",
      (callback: Callback, ms?: number, ...given: unknown[]) => start(ms, true, callback, given),
    );
    this.#replace(globalThis, "setImmediate", (callback: Callback, ...given: unknown[]) =>
      start(0, false, callback, given),
    );
    this.#replace(globalThis, "clearTimeout", stop);
    this.#replace(globalThis, "clearInterval", stop);
    this.#replace(globalThis, "clearImmediate", stop);
  }

  #replace(owner: object, key: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(owner, key);
    Object.defineProperty(owner, key, { value, configurable: true, writable: true });
    this.#restore.push(() => {
      if (before === undefined) Reflect.deleteProperty(owner, key);
      else Object.defineProperty(owner, key, before);
    });
  }
}

/** The runtime of the host that the running code belongs to: its timers end when it crashes. */
function currentHome(): Runtime | null {
  const owner = contextStorage.getStore()?.task.executor.owner;
  return owner instanceof Runtime ? owner : null;
}

function virtualDate(nowMs: () => number): DateConstructor {
  return new Proxy(Date, {
    apply: () => new Date(nowMs()).toString(),
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length === 0 ? [nowMs()] : given, newTarget) as Date,
    get: (target, key, receiver): unknown =>
      key === "now" ? nowMs : Reflect.get(target, key, receiver),
  });
}

function uuid(random: Random): string {
  const digits = Array.from({ length: 32 }, () => (random.next() & 15).toString(16));
  digits[12] = "4";
  digits[16] = (8 + (random.next() & 3)).toString(16);
  const text = digits.join("");
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => text.slice(from, to))
    .join("-");
}
