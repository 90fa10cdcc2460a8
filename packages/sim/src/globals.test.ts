import { expect, test } from "bun:test";
import { sleep } from "@bascule/core";
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
