// Whoever loads these first inside of a world would have them keep its timers for ever.
import "node:timers";
import "node:timers/promises";
import { Random } from "./random.ts";
import { type Callback, SimTimers } from "./sim-timers.ts";
import { Uuids } from "./uuids.ts";
import type { VirtualClock } from "./virtual-clock.ts";
import type { WorldState } from "./world-state.ts";

/** Drawn from the seed, but apart from the decisions: a program's own dice are not shrunk. */
const DICE = 0x5eed;

/** Bun takes the time that it is to block for as a whole number of 32 bits. */
const BLOCK_MS_MAX = 2 ** 31 - 1;

const MUTABLE: PropertyDescriptor = { configurable: true, writable: true };

/**
 * While a world runs, time and chance are its own for every program in it: `Date`,
 * `performance.now`, `Math.random`, `crypto.getRandomValues`, `setTimeout` and its like. They are
 * Bun's again as soon as the world rests. What a program took by an import is Bun's all the time.
 */
export class Globals implements Disposable {
  readonly #restore: (() => void)[] = [];

  /** @throws what somebody's own object throws in place of a global; some are replaced then */
  replace(world: WorldState, seed: number): void {
    const { clock } = world;
    const random = new Random(seed ^ DICE);
    const timers = new SimTimers(world);
    this.#replaceClocks(clock);
    this.#replaceNow(clock);
    this.#replaceTimers(timers);
    this.#replaceWaits(timers, clock);
    this.#replace(Math, "random", () => random.fraction());
    this.#replace(crypto, "getRandomValues", <T extends ArrayBufferView>(target: T): T => {
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      for (let i = 0; i < bytes.length; i++) bytes[i] = random.next();
      return target;
    });
    const uuids = new Uuids(random, clock);
    this.#replace(crypto, "randomUUID", () => uuids.v4());
    this.#replace(Bun, "randomUUIDv7", (encoding?: unknown, timestamp?: unknown) =>
      uuids.v7(encoding, timestamp),
    );
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore.splice(0).reverse()) restore();
  }

  #replaceTimers(timers: SimTimers): void {
    const starter =
      (repeats: boolean) =>
      (callback: Callback, ms?: number, ...given: unknown[]): unknown =>
        timers.start(callback, ms, given, repeats);
    this.#replace(globalThis, "setTimeout", starter(false));
    this.#replace(globalThis, "setInterval", starter(true));
    this.#replace(globalThis, "setImmediate", (callback: Callback, ...given: unknown[]) =>
      timers.start(callback, 0, given, false),
    );
    for (const name of ["clearTimeout", "clearInterval", "clearImmediate"] as const) {
      const clearReal = globalThis[name] as (timer: unknown) => void;
      this.#replace(globalThis, name, (timer: unknown) => {
        if (!timers.clear(timer)) clearReal(timer);
      });
    }
  }

  /** What waits by itself. What Bun refuses it is left to refuse. */
  #replaceWaits(timers: SimTimers, clock: VirtualClock): void {
    const sleepReal = Bun.sleep;
    this.#replace(Bun, "sleep", (until: unknown): Promise<void> => {
      const ms = until instanceof Date ? until.getTime() - clock.wallMs : until;
      if (typeof ms !== "number") return sleepReal(until as number);
      return new Promise((resolve) => timers.after(ms, resolve));
    });
    const blockReal = Bun.sleepSync;
    this.#replace(Bun, "sleepSync", (ms: unknown): void => {
      if (typeof ms !== "number" || !(ms >= 1)) return blockReal(ms as number);
      // Nobody has a turn meanwhile: what becomes due happens late, as after a long computation.
      clock.advanceTo(clock.now() + Math.trunc(Math.min(ms, BLOCK_MS_MAX)));
    });
    const timeoutReal = AbortSignal.timeout.bind(AbortSignal);
    this.#replace(AbortSignal, "timeout", (given: unknown): AbortSignal => {
      const ms = Number(given);
      if (!(ms >= 0 && ms <= Number.MAX_SAFE_INTEGER)) return timeoutReal(given as number);
      const controller = new AbortController();
      const late = new DOMException("The operation timed out.", "TimeoutError");
      timers.after(ms, () => controller.abort(late));
      return controller.signal;
    });
  }

  #replaceClocks(clock: VirtualClock): void {
    const nanos = (): number => Math.round(clock.now() * 1e6);
    this.#replace(
      globalThis,
      "Date",
      virtualDate(() => clock.wallMs),
    );
    this.#replace(performance, "now", () => clock.now());
    this.#replace(performance, "timeOrigin", clock.wallMs - clock.now());
    this.#replace(process, "uptime", () => clock.now() / 1000);
    this.#replace(Bun, "nanoseconds", nanos);
    const hrtime = (since: readonly [number, number] = [0, 0]): [number, number] => {
      const sum = nanos() - since[0] * 1e9 - since[1];
      const seconds = Math.floor(sum / 1e9);
      return [seconds, sum - seconds * 1e9];
    };
    this.#replace(process, "hrtime", Object.assign(hrtime, { bigint: () => BigInt(nanos()) }));
  }

  #replaceNow(clock: VirtualClock): void {
    const { Now } = Temporal;
    const here = (zone: Temporal.TimeZoneLike = Now.timeZoneId()): Temporal.ZonedDateTime =>
      Now.instant().toZonedDateTimeISO(zone);
    this.#replace(Now, "instant", () => Temporal.Instant.fromEpochMilliseconds(clock.wallMs));
    this.#replace(Now, "zonedDateTimeISO", here);
    this.#replace(Now, "plainDateTimeISO", (zone?: Temporal.TimeZoneLike) =>
      here(zone).toPlainDateTime(),
    );
    this.#replace(Now, "plainDateISO", (zone?: Temporal.TimeZoneLike) => here(zone).toPlainDate());
    this.#replace(Now, "plainTimeISO", (zone?: Temporal.TimeZoneLike) => here(zone).toPlainTime());
  }

  #replace(owner: object, key: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(owner, key);
    // What belongs to `Bun` may be given another value, and nothing else.
    const isFixed = before?.configurable === false;
    Object.defineProperty(owner, key, isFixed ? { value } : { ...MUTABLE, value });
    this.#restore.push(() => {
      if (before === undefined) Reflect.deleteProperty(owner, key);
      else Object.defineProperty(owner, key, before);
    });
  }
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
