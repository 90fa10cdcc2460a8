import { expect, test } from "bun:test";
import { liveRuntimes, sleep } from "@bascule/core";
import { simulate } from "./index.ts";

/** By identity: `toEqual` holds any two functions equal. */
function expectSame(after: Record<string, unknown>, before: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(before)) expect(after[name]).toBe(value);
}

test("Date, Math.random, setTimeout and the rest belong to the world while it runs", async () => {
  const before = { now: Date.now, random: Math.random, setTimeout };
  const run = async (): Promise<unknown> =>
    await simulate({ seed: 5 }, async () => {
      const startMs = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 3_600_000));
      const bytes = crypto.getRandomValues(new Uint8Array(4));
      return [
        Date.now() - startMs,
        new Date().getTime() - startMs,
        Math.floor(performance.now()),
        Math.random(),
        crypto.randomUUID(),
        [...bytes],
      ];
    });
  const first = await run();
  expect((first as number[]).slice(0, 3)).toEqual([3_600_000, 3_600_000, 3_600_000]);
  expect(await run()).toEqual(first);
  expectSame({ now: Date.now, random: Math.random, setTimeout }, before);
  expect(new Date(0).toISOString()).toBe("1970-01-01T00:00:00.000Z");
});

test("every clock of Bun's goes by the world's time, and by its own afterwards", async () => {
  const clocks = { hrtime: process.hrtime, nanoseconds: Bun.nanoseconds };
  const elapsed = await simulate({ faults: "none" }, async () => {
    const since = [process.hrtime(), process.hrtime.bigint(), Bun.nanoseconds()] as const;
    await sleep(90_000);
    const [seconds, nanos] = process.hrtime(since[0]);
    const read = [
      seconds * 1e9 + nanos,
      Number(process.hrtime.bigint() - since[1]),
      Bun.nanoseconds() - since[2],
    ];
    return read.map((each) => Math.floor(each / 1e6));
  });
  expect(elapsed).toEqual([90_000, 90_000, 90_000]);
  expectSame({ hrtime: process.hrtime, nanoseconds: Bun.nanoseconds }, clocks);
});

test("what says when it is goes by the world's time", async () => {
  const before = { instant: Temporal.Now.instant, uptime: process.uptime };
  const originMs = performance.timeOrigin;
  await simulate({ seed: 1 }, async () => {
    await sleep(90_000);
    expect(Temporal.Now.instant().toString()).toBe("2026-01-01T00:01:30Z");
    expect(Temporal.Now.zonedDateTimeISO("Asia/Tokyo").hour).toBe(9);
    expect(Temporal.Now.plainDateTimeISO("UTC").toString()).toBe("2026-01-01T00:01:30");
    expect(Temporal.Now.plainDateISO("America/New_York").toString()).toBe("2025-12-31");
    expect(Temporal.Now.plainTimeISO().second).toBe(30);
    expect(Math.floor(performance.timeOrigin + performance.now())).toBe(Date.now());
    expect(Math.floor(process.uptime())).toBe(90);
  });
  expectSame({ instant: Temporal.Now.instant, uptime: process.uptime }, before);
  expect(performance.timeOrigin).toBe(originMs);
});

test("UUIDs are the world's, as Bun forms them, and those of version 7 are in order", async () => {
  const { randomUUIDv7 } = Bun;
  const run = (seed: number): Promise<string[]> =>
    simulate({ seed }, () => {
      const made = Array.from({ length: 20_000 }, () => Bun.randomUUIDv7());
      return [crypto.randomUUID(), ...made];
    });
  const [four = "", ...made] = await run(1);
  expect(four).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  const ms = Date.UTC(2026, 0, 1).toString(16).padStart(12, "0");
  const form = new RegExp(
    `^${ms.slice(0, 8)}-${ms.slice(8)}-7[\\da-f]{3}-[89ab][\\da-f]{3}-[\\da-f]{12}$`,
  );
  for (const uuid of made) expect(uuid).toMatch(form);
  expect(made.toSorted()).toEqual(made);
  expect(await run(1)).toEqual([four, ...made]);
  expect(await run(2)).not.toEqual([four, ...made]);
  expect(Bun.randomUUIDv7).toBe(randomUUIDv7);
});

test("a UUID of version 7 takes what Bun's takes, and refuses the rest", async () => {
  await simulate({}, () => {
    expect(Bun.randomUUIDv7("hex", 5)).toStartWith("00000000-0005-7");
    expect(Bun.randomUUIDv7(new Date(5) as unknown as "hex")).toStartWith("00000000-0005-7");
    expect(Bun.randomUUIDv7("buffer", 5).toString("hex")).toStartWith("0000000000057");
    expect(Bun.randomUUIDv7("HEX" as "hex", 5)).toStartWith("00000000-0005-7");
    expect(Buffer.from(Bun.randomUUIDv7("base64url", 5), "base64url")[5]).toBe(5);
    expect(() => Bun.randomUUIDv7("hex", -1)).toThrow(RangeError);
    expect(() => Bun.randomUUIDv7("no" as "hex")).toThrow(TypeError);
  });
});

test("AbortSignal.timeout and Bun.sleep go by the world's time", async () => {
  const real = { timeout: AbortSignal.timeout, sleep: Bun.sleep };
  await simulate({ faults: "none" }, async (world) => {
    const signal = AbortSignal.timeout(3_600_000);
    const reason = await sleep(86_400_000, { signal }).catch((error: unknown) => error);
    expect([(reason as Error).name, Math.floor(world.nowMs)]).toEqual(["TimeoutError", 3_600_000]);
    await Bun.sleep(3_600_000);
    expect(Math.floor(world.nowMs)).toBe(7_200_000);
    await Bun.sleep(new Date(Date.now() + 1000));
    expect(Math.floor(world.nowMs)).toBe(7_201_000);
    for (const ms of [-1, Number.NaN]) await Bun.sleep(ms);
    await Bun.sleep(new Date(Number.NaN));
    expect(() => AbortSignal.timeout(-1)).toThrow(TypeError);
    expect(() => Bun.sleep("soon" as unknown as number)).toThrow(TypeError);
  });
  expectSame({ timeout: AbortSignal.timeout, sleep: Bun.sleep }, real);
});

test("Bun.sleepSync moves the world's clock, and what was due comes after it", async () => {
  const real = { sleepSync: Bun.sleepSync };
  const hosts = ["busy", "other"];
  const seen = await simulate({ faults: "none", hosts }, async (world) => {
    const order: string[] = [];
    const note = (name: string) => () => order.push(`${name} ${Math.floor(world.nowMs)}`);
    setTimeout(note("timer"), 500);
    const other = world.host("other").run(() => sleep(1000).then(note("other")));
    await sleep(10);
    const busy = world.host("busy").run(() => {
      const before = [Date.now(), performance.now()] as const;
      Bun.sleepSync(3_600_000.9);
      note("busy")();
      return [Date.now() - before[0], Math.round(performance.now() - before[1])];
    });
    expect(await busy).toEqual([3_600_000, 3_600_000]);
    await other;
    return order;
  });
  expect(seen).toEqual(["busy 3600010", "timer 3600010", "other 3600010"]);
  expectSame({ sleepSync: Bun.sleepSync }, real);
});

test("Bun.sleepSync takes what Bun's takes, and refuses the rest", async () => {
  await simulate({ faults: "none" }, (world) => {
    for (const ms of [0, 0.9, Number.NaN]) Bun.sleepSync(ms);
    expect(world.nowMs).toBeLessThan(1);
    for (const ms of [-1, "5", undefined, new Date(5)]) {
      expect(() => Bun.sleepSync(ms as number)).toThrow(TypeError);
    }
    Bun.sleepSync(Number.POSITIVE_INFINITY);
    expect(Math.floor(world.nowMs)).toBe(2 ** 31 - 1);
  });
});

test("a timer is refreshed, has a number, and is cleared by either", async () => {
  const fired = await simulate({ faults: "none" }, async (world) => {
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name} ${Math.floor(world.nowMs)}`);
    const refreshed = setTimeout(note("refreshed"), 100);
    const again = setTimeout(note("again"), 10);
    const numbered = +setTimeout(note("cleared by number"), 100);
    const cleared = setTimeout(note("cleared"), 100);
    await sleep(50);
    refreshed.refresh();
    again.refresh();
    clearTimeout(numbered);
    clearTimeout(cleared);
    cleared.refresh();
    await sleep(1000);
    return [seen, refreshed.unref().hasRef(), refreshed.ref().hasRef()];
  });
  expect(fired).toEqual([["again 10", "again 60", "refreshed 150"], false, true]);
});

test("a timer from outside is cleared inside; one that is imported is Bun's", async () => {
  let hasFired = false;
  const outside = setTimeout(() => {
    hasFired = true;
  }, 1);
  await simulate({ faults: "none" }, async () => {
    clearTimeout(outside);
    await import("node:timers/promises");
  });
  const timers = await import("node:timers/promises");
  await timers.setTimeout(5);
  expect(hasFired).toBe(false);
});

test("a time-out that is too long becomes a millisecond, as in Bun", async () => {
  const firedMs = await simulate({ faults: "none" }, async (world) => {
    await new Promise((resolve) => setTimeout(resolve, 2 ** 31));
    return world.nowMs;
  });
  expect(Math.floor(firedMs)).toBe(1);
});

test("globals that cannot be replaced fail the run, and the others come back", async () => {
  const before = { Date, random: Math.random, setTimeout };
  const besideCount = liveRuntimes().length;
  const real = globalThis.performance;
  globalThis.performance = new Proxy(real, {
    defineProperty: () => {
      throw new Error("It is fixed");
    },
  });
  try {
    await expect(simulate({}, () => 1)).rejects.toThrow("It is fixed");
  } finally {
    globalThis.performance = real;
  }
  expectSame({ Date, random: Math.random, setTimeout }, before);
  expect(liveRuntimes().length).toBe(besideCount);
});
