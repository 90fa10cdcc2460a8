import { expect, test } from "bun:test";
import { spawn } from "@bascule/core";
import { aborter, failureOf, isPending, quiet } from "../test/settled.ts";
import { Barrier } from "./barrier.ts";

test("nobody goes on before all have come, and one of them leads", async () => {
  const barrier = new Barrier(3);
  const parties = [barrier.wait(), barrier.wait()];
  expect(await isPending(Promise.race(parties))).toBe(true);
  expect(barrier.waiting).toBe(2);
  parties.push(barrier.wait());
  const leaders = (await Promise.all(parties)).filter((result) => result.isLeader);
  expect([leaders.length, barrier.waiting]).toEqual([1, 0]);
});

test("it can be used again and again, and rounds do not mix", async () => {
  const barrier = new Barrier(4);
  const rounds = [0, 0, 0, 0];
  let leaders = 0;
  const tasks = rounds.map((_, party) =>
    spawn(async () => {
      for (let round = 0; round < 25; round++) {
        expect(Math.max(...rounds) - Math.min(...rounds)).toBeLessThanOrEqual(1);
        if ((await barrier.wait()).isLeader) leaders++;
        rounds[party] = round + 1;
      }
    }),
  );
  await Promise.all(tasks);
  expect([leaders, barrier.waiting]).toEqual([25, 0]);
});

test("a party that gives up has not come", async () => {
  const barrier = new Barrier(2);
  const { signal, abort, reason } = aborter();
  const lost = barrier.wait({ signal });
  abort();
  const first = barrier.wait();
  expect(await failureOf(lost)).toBe(reason);
  expect(await failureOf(barrier.wait({ signal }))).toBe(reason);
  expect(await isPending(first)).toBe(true);
  await barrier.wait();
  await first;
});

test("a party that gives up after the opening holds nobody and takes no leader", async () => {
  const barrier = new Barrier(3);
  const { signal, abort, reason } = aborter();
  const lost = barrier.wait({ signal });
  const kept = barrier.wait();
  const last = barrier.wait();
  abort();
  expect(await failureOf(lost)).toBe(reason);
  const leaders = [await kept, await last].filter((result) => result.isLeader);
  expect([leaders.length, barrier.waiting]).toEqual([1, 0]);
});

test("a barrier for one never waits", async () => {
  const barrier = new Barrier(1);
  for (let i = 0; i < 300; i++) expect(await barrier.wait()).toEqual({ isLeader: true });
  await quiet();
  expect(barrier.waiting).toBe(0);
});

test("a number of parties that makes no sense is refused", () => {
  expect(() => new Barrier(0)).toThrow(RangeError);
});
