import { expect, test } from "bun:test";
import { heapStats } from "bun:jsc";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { anySignal } from "./any-signal.ts";
import { sleep } from "./sleep.ts";
import { yieldNow } from "./yield-now.ts";

test("the first of several to be aborted counts, with its reason", () => {
  const [a, b] = [new AbortController(), new AbortController()];
  using either = anySignal([a.signal, undefined, b.signal]);
  expect(either.aborted).toBe(false);
  b.abort("b");
  a.abort("a");
  expect([either.aborted, either.reason]).toEqual([true, "b"]);
});

test("one that is aborted already wins at once", () => {
  const live = new AbortController();
  using either = anySignal([live.signal, AbortSignal.abort("before")]);
  expect(either.reason).toBe("before");
});

test("joining nothing gives a signal that is never aborted", () => {
  using none = anySignal([undefined]);
  expect(none.aborted).toBe(false);
});

test("a disposed one hears nothing any more, and may be disposed of again", () => {
  const source = new AbortController();
  const joined = anySignal([source.signal]);
  joined[Symbol.dispose]();
  joined[Symbol.dispose]();
  source.abort();
  expect(joined.aborted).toBe(false);
});

test("a signal that is given twice is fine", () => {
  const source = new AbortController();
  using joined = anySignal([source.signal, source.signal]);
  source.abort("once");
  expect(joined.reason).toBe("once");
});

test("it ends a wait of ours and a fetch", async () => {
  await using _fake = new FakeRuntime();
  const asked = Promise.withResolvers<void>();
  const server = Bun.serve({
    port: 0,
    fetch: () => {
      asked.resolve();
      return new Promise<Response>(() => undefined);
    },
  });
  const [a, b] = [new AbortController(), new AbortController()];
  using either = anySignal([a.signal, b.signal]);
  const waiting = failureOf(sleep(60_000, { signal: either }));
  const fetching = failureOf(fetch(server.url, { signal: either }));
  await asked.promise;
  b.abort("hang up");
  expect([await waiting, await fetching]).toEqual(["hang up", "hang up"]);
  await server.stop(true);
});

/** Objects that live on after a full collection. */
function liveObjects(): number {
  Bun.gc(true);
  return heapStats().objectCount;
}

test("a million joins with a signal that lives on leave nothing behind", () => {
  const lasting = new AbortController();
  const brief = new AbortController();
  const join = (times: number): void => {
    for (let i = 0; i < times; i++) {
      using joined = anySignal([lasting.signal, brief.signal]);
      if (joined.aborted) throw new Error("aborted by nobody");
    }
  };
  join(10_000);
  const before = liveObjects();
  join(1_000_000);
  expect(liveObjects() - before).toBeLessThan(1000);
}, 120_000);

test("waits on a signal that lives on leave nothing behind", async () => {
  await using _fake = new FakeRuntime();
  const { signal } = new AbortController();
  const wait = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await yieldNow({ signal });
  };
  await wait(10_000);
  const before = liveObjects();
  await wait(300_000);
  expect(liveObjects() - before).toBeLessThan(1000);
}, 120_000);
