import { expect, test } from "bun:test";
import { interval, Runtime, sleep, suspend, timeout, TimeoutError, yieldNow } from "@bascule/core";
import {
  createDriver,
  HostCrashedError,
  NondeterminismError,
  simulate,
  SimulationError,
  SimulationStuckError,
  type World,
} from "./index.ts";

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => null,
    (error: unknown) => error,
  );
}

test("a year goes by in no time, and timers fire in order", async () => {
  const order: number[] = [];
  const startMs = performance.now();
  const nowMs = await simulate({}, async (world) => {
    const days = 86_400_000;
    const note = async (day: number): Promise<void> => {
      await sleep(day * days);
      order.push(day);
    };
    await Promise.all([note(365), note(1), note(30)]);
    return world.nowMs;
  });
  expect(order).toEqual([1, 30, 365]);
  expect(nowMs).toBeGreaterThanOrEqual(365 * 86_400_000);
  expect(performance.now() - startMs).toBeLessThan(5000);
});

test("time-outs and intervals go by the virtual clock", async () => {
  const ticks = await simulate({}, async () => {
    const error = await timeout(1000, () => sleep(60_000)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TimeoutError);
    const seen: number[] = [];
    for await (const tick of interval(500)) {
      seen.push(tick);
      if (tick === 3) break;
    }
    return seen;
  });
  expect(ticks).toEqual([0, 1, 2, 3]);
});

test("a failure has the seed, the trace and its cause, and replays", async () => {
  const body = async (): Promise<void> => {
    await sleep(5);
    throw new TypeError("it broke");
  };
  const error = await failureOf(simulate({ seed: 42, faults: "all" }, body));
  if (!(error instanceof SimulationError)) throw error;
  expect(error.message).toContain("Simulation failed with seed 42: TypeError: it broke");
  expect(error.trace).toContain("poll body");
  expect(error.cause).toBeInstanceOf(TypeError);
  const again = await failureOf(simulate({ seed: 42, faults: "all", replay: error.replay }, body));
  expect((again as SimulationError).trace).toBe(error.trace);
});

test("a task that fails unheard fails the simulation", async () => {
  const error = await failureOf(
    simulate({ hosts: ["a"] }, async (world) => {
      world.host("a").spawn(() => Promise.reject(new Error("unheard")), { name: "lonely" });
      await sleep(100);
    }),
  );
  expect(String(error)).toContain("lonely");
});

test("a program that waits for what never comes is told so, with who waits", async () => {
  const error = await failureOf(
    simulate({ hosts: ["a"] }, async (world) => {
      await world.host("a").spawn(() => suspend<void>(() => undefined), { name: "waiter" });
    }),
  );
  expect((error as SimulationError).cause).toBeInstanceOf(SimulationStuckError);
  expect(String(error)).toContain('"waiter" on a');
});

test("a program that never ends is stopped", async () => {
  const error = await failureOf(
    simulate({ roundsMax: 1000 }, async () => {
      for (;;) await yieldNow();
    }),
  );
  expect(String(error)).toContain("has not ended after 1000 rounds");
});

test("what does not come from the seed is found, with the first difference", async () => {
  let runs = 0;
  const error = await failureOf(
    simulate({ seed: 1, verify: true }, async (world) => {
      world.note("the same");
      world.note(`run ${++runs}`);
    }),
  );
  expect(error).toBeInstanceOf(NondeterminismError);
  expect(String(error)).toMatch(/note the same\nfirst run: .*note run 1\nsecond run: .*note run 2/);
});

test("an end that does not come from the seed is found: a failure, a value", async () => {
  const errorOf = async (end: (run: number) => unknown): Promise<string> => {
    let runs = 0;
    const run = simulate({ seed: 1, verify: true }, () => end(++runs));
    return String(await failureOf(run));
  };
  const second = await errorOf((run) => {
    if (run === 2) throw new Error("the second only");
    return "fine";
  });
  expect(second).toContain('first run returned "fine", the second failed with Error: the second');
  const another = await errorOf((run) => Promise.reject(new Error(`in run ${run}`)));
  expect(another).toContain("first run failed with Error: in run 1, the second failed with Error");
  expect(await errorOf((run) => run)).toContain("first run returned 1, the second returned 2");
  expect(await errorOf((run) => ({ run }))).toBe("null");
});

test("a seed decides the order of tasks", async () => {
  const orderOf = (seed: number): Promise<string> =>
    simulate({ seed }, async (world) => {
      let order = "";
      const home = world.host("world");
      const names = "abcdefgh".split("");
      await Promise.all(names.map((name) => home.run(() => void (order += name))));
      return order;
    });
  const orders = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const order = await orderOf(seed);
    expect(await orderOf(seed)).toBe(order);
    orders.add(order);
  }
  expect(orders.size).toBeGreaterThan(5);
});

test("without faults tasks run first come, first served", async () => {
  const order = await simulate({ seed: 9, faults: "none" }, async (world) => {
    const seen: string[] = [];
    const home = world.host("world");
    await Promise.all("abcd".split("").map((name) => home.run(() => void seen.push(name))));
    return seen.join("");
  });
  expect(order).toBe("abcd");
});

test("hosts that make no sense are refused", async () => {
  expect(String(await failureOf(simulate({ hosts: ["a", "a"] }, () => 1)))).toContain("twice");
  const own = simulate({}, (world) => world.crash("world"));
  expect(String(await failureOf(own))).toContain("the simulation itself runs on it");
  const unknown = simulate({}, (world) => world.crash("nobody"));
  expect(String(await failureOf(unknown))).toContain('Cannot find host "nobody"');
});

test("a runtime of the program's rests while it runs, and goes on afterwards", async () => {
  await using beside = Runtime.create({ driver: createDriver() });
  let hasSlept = false;
  const sleeper = beside.spawn(async () => {
    await sleep(10);
    hasSlept = true;
  });
  const hadSlept = await simulate({}, async () => {
    await sleep(1000);
    return hasSlept;
  });
  expect(hadSlept).toBe(false);
  await sleeper;
  expect(hasSlept).toBe(true);
});

test("a simulation makes no runtime of this thread, and needs none", async () => {
  const child = Bun.spawnSync([process.execPath, "-e", NO_RUNTIME], {
    cwd: import.meta.dir,
    env: { ...process.env, BASCULE_DRIVER: "no such driver" },
    stderr: "pipe",
  });
  expect(child.stderr.toString()).toBe("");
  expect(child.exitCode).toBe(0);
});

const NO_RUNTIME = `
  import { sleep } from "@bascule/core";
  import { simulate } from "./index.ts";
  await simulate({ hosts: ["a"] }, (world) => world.host("a").run(() => sleep(10)));
`;

test("a world that is over starts no host any more", async () => {
  const worlds: World[] = [];
  await simulate({ hosts: ["a"] }, (world) => void worlds.push(world));
  for (const world of worlds) expect(() => world.restart("a")).toThrow(HostCrashedError);
  expect(worlds.length).toBe(1);
});
