import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { interval } from "./interval.ts";
import { spawn } from "./spawn.ts";
import { yieldNow } from "./yield-now.ts";

/** Keeps the thread busy: what a slow consumer does. */
function burn(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

/** Takes ticks, the first of them slowly, until `lastTick` or later. */
async function ticksAfterStall(missed: "burst" | "delay" | "skip"): Promise<[number, number][]> {
  const startMs = performance.now();
  const taken: [number, number][] = [];
  for await (const tick of interval(2, { missed })) {
    taken.push([tick, performance.now() - startMs]);
    if (tick === 0) burn(9);
    if (tick >= 6) break;
  }
  return taken;
}

test("ticks are numbered from 0 and never come early", async () => {
  await using _fake = new FakeRuntime();
  const startMs = performance.now();
  for await (const tick of interval(1)) {
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(tick + 1);
    if (tick === 5) break;
  }
});

test("burst catches up: every number comes, and late ones come at once", async () => {
  await using _fake = new FakeRuntime();
  const taken = await ticksAfterStall("burst");
  expect(taken.map(([tick]) => tick)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  for (const [tick, ms] of taken) expect(ms).toBeGreaterThanOrEqual(2 * (tick + 1));
});

test("delay counts the period anew: no two ticks are closer than a period", async () => {
  await using _fake = new FakeRuntime();
  const taken = await ticksAfterStall("delay");
  expect(taken.map(([tick]) => tick)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(taken[6]?.[1] ?? 0).toBeGreaterThanOrEqual(2 + 9 + 5 * 2);
});

test("skip drops what was missed, and keeps to the beat", async () => {
  await using _fake = new FakeRuntime();
  const numbers = (await ticksAfterStall("skip")).map(([tick]) => tick);
  expect(numbers[0]).toBe(0);
  expect(numbers[1]).toBeGreaterThanOrEqual(5);
});

test("it ends with the reason of its signal, leaving no timer", async () => {
  await using fake = new FakeRuntime();
  const controller = new AbortController();
  const ticking = (async () => {
    for await (const _tick of interval(1000, { signal: controller.signal }));
  })();
  controller.abort("stop");
  expect(await failureOf(ticking)).toBe("stop");
  expect(fake.runtime.metrics().timers.armed).toBe(0);
});

test("a tick that an aborted next was asked for comes out of the following one", async () => {
  await using fake = new FakeRuntime();
  for (const missed of ["burst", "delay", "skip"] as const) {
    const ticks = interval(2, { missed })[Symbol.asyncIterator]();
    const startMs = performance.now();
    for (let lost = 0; lost < 3; lost++) {
      const waiting = spawn(() => ticks.next());
      await yieldNow();
      waiting.abort("lost");
      expect(await failureOf(waiting)).toBe("lost");
    }
    expect(fake.runtime.metrics().timers.armed).toBe(0);
    expect(await ticks.next()).toEqual({ value: 0, done: false });
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(2);
    expect((await ticks.next()).done).toBe(false);
  }
});

test("a late tick whose wait was lost is not dropped", async () => {
  await using _fake = new FakeRuntime();
  const ticks = interval(2, { missed: "skip" })[Symbol.asyncIterator]();
  const lost = spawn(() => ticks.next());
  await yieldNow();
  lost.abort("lost");
  expect(await failureOf(lost)).toBe("lost");
  burn(5);
  expect(await ticks.next()).toEqual({ value: 0, done: false });
});

test("several that wait at once get a tick each", async () => {
  await using _fake = new FakeRuntime();
  const ticks = interval(1)[Symbol.asyncIterator]();
  const taken = await Promise.all([ticks.next(), ticks.next(), ticks.next()]);
  expect(taken.map(({ value }) => value)).toEqual([0, 1, 2]);
  for await (const tick of ticks as AsyncIterableIterator<number>) {
    expect(tick).toBe(3);
    break;
  }
  expect((await ticks.next()).done).toBe(true);
});

test("a period that is not positive, or an unknown policy, is refused", () => {
  expect(() => interval(0)).toThrow(
    new RangeError('Cannot tick every "0" ms: pass a number of milliseconds above 0'),
  );
  expect(() => interval("5" as unknown as number)).toThrow(RangeError);
  expect(() => interval(1, { missed: "never" as "skip" })).toThrow(
    new TypeError('Cannot use missed "never": use "burst", "delay" or "skip"'),
  );
});
