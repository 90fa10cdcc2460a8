import { expect, test } from "bun:test";
import { explore, type Subject } from "../test/explore/explore.ts";
import type { Call, Model, Program } from "../test/explore/model.ts";
import { Mutex } from "./mutex.ts";
import { RwLock } from "./rw-lock.ts";
import { Semaphore } from "./semaphore.ts";

/** A busy machine needs longer than the usual 5 s for thousands of runs. */
const TIME_LIMIT_MS = 60_000;

interface Guard {
  release(): void;
}

/** Permits that are there, and what each task holds. */
interface Permits {
  readonly available: number;
  readonly held: Readonly<globalThis.Record<number, number>>;
}

/** Everybody takes permits, as many as `costOf` says, and gives back what he has. */
function permitModel(available: number, costOf: (call: Call) => number): Model<Permits> {
  return {
    isFair: true,
    initial: { available, held: {} },
    apply({ available, held }, call, task) {
      const mine = held[task] ?? 0;
      if (call.name === "release") {
        return {
          state: { available: available + mine, held: { ...held, [task]: 0 } },
          outcome: "undefined",
        };
      }
      const cost = costOf(call);
      if (cost > available) return null;
      return {
        state: { available: available - cost, held: { ...held, [task]: mine + cost } },
        outcome: "held",
      };
    },
  };
}

/** What tasks hold, by task. `take` waits for a guard. */
function makeLock(take: (call: Call, options: object | undefined) => Promise<Guard>): Subject {
  const held = new Map<number, Guard[]>();
  return {
    async perform(call, task, options) {
      const guards = held.get(task) ?? [];
      held.set(task, guards);
      if (call.name === "release") {
        for (const guard of guards.splice(0)) guard.release();
        return undefined;
      }
      guards.push(await take(call, options));
      return "held";
    },
  };
}

/** Each task asks, and releases what it got; one of them asks twice. */
function takers(ways: readonly Call[]): Program[] {
  const release: Call = { name: "release", argument: 0 };
  const all: Program[] = [];
  for (const first of ways) {
    for (const second of ways) {
      for (const third of ways) {
        const tasks = [[first, release, third], [second, release], [third]];
        all.push({ tasks, aborted: null });
        for (const [task, index] of [
          [0, 0],
          [0, 2],
          [1, 0],
          [2, 0],
        ] as const) {
          all.push({ tasks, aborted: { task, index } });
        }
      }
    }
  }
  return all;
}

const LOCK: Call = { name: "lock", argument: 1 };

test(
  "a mutex is held by one task at a time, whoever comes and gives up when",
  () => {
    const make = (): Subject => {
      const mutex = new Mutex();
      return makeLock((_call, options) => mutex.lock(options));
    };
    const runs = explore(
      takers([LOCK]),
      make,
      permitModel(1, () => 1),
    );
    expect(runs).toBeGreaterThan(1000);
  },
  TIME_LIMIT_MS,
);

test(
  "a lock for readers and writers keeps them apart, whoever comes and gives up when",
  () => {
    const make = (): Subject => {
      const lock = new RwLock();
      return makeLock(({ name }, options) =>
        name === "read" ? lock.read(options) : lock.write(options),
      );
    };
    const ways = [
      { name: "read", argument: 1 },
      { name: "write", argument: 3 },
    ];
    const runs = explore(
      takers(ways),
      make,
      permitModel(3, ({ argument }) => argument),
    );
    expect(runs).toBeGreaterThan(1000);
  },
  TIME_LIMIT_MS,
);

test(
  "a semaphore gives out what it has, whoever comes and gives up when",
  () => {
    const make = (): Subject => {
      const semaphore = new Semaphore(2);
      return makeLock(({ argument }, options) => semaphore.acquire(argument, options));
    };
    const ways = [
      { name: "acquire", argument: 1 },
      { name: "acquire", argument: 2 },
    ];
    const runs = explore(
      takers(ways),
      make,
      permitModel(2, ({ argument }) => argument),
    );
    expect(runs).toBeGreaterThan(1000);
  },
  TIME_LIMIT_MS,
);
