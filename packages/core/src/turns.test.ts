import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { Turns } from "./turns.ts";
import { yieldNow } from "./yield-now.ts";

const noLonger = new Error("no longer");

/** Asks for a turn, and notes its name when it has come. */
function ask(turns: Turns, log: string[], name: string, weight: number): Promise<void> {
  return turns.enter(undefined, weight).then(() => void log.push(name));
}

test("as many have a turn as weigh no more than the maximum, in the order of asking", async () => {
  await using _fake = new FakeRuntime();
  const turns = new Turns(10);
  const log: string[] = [];
  const asked = [6, 4, 8, 1, 1].map((weight, index) => ask(turns, log, `${index}`, weight));
  await yieldNow();
  // The one that weighs 8 does not fit in yet, and nobody overtakes it.
  expect([log.join(), turns.taken]).toEqual(["0,1", 10]);
  turns.leave(4);
  await yieldNow();
  expect([log.join(), turns.taken]).toEqual(["0,1", 6]);
  turns.leave(6);
  await Promise.all(asked);
  expect([log.join(), turns.taken]).toEqual(["0,1,2,3,4", 10]);
});

test("nobody overtakes those in line", async () => {
  await using _fake = new FakeRuntime();
  const turns = new Turns(2);
  await turns.enter(undefined, 1);
  const heavy = turns.enter(undefined, 2);
  expect(turns.tryEnter(1)).toBe(false);
  turns.leave(1);
  await heavy;
  turns.leave(2);
  expect(turns.tryEnter(2)).toBe(true);
});

test("whoever stops waiting lets those behind go on", async () => {
  await using _fake = new FakeRuntime();
  const turns = new Turns(2);
  const controller = new AbortController();
  await turns.enter(undefined, 1);
  const heavy = failureOf(turns.enter({ signal: controller.signal }, 2));
  const light = turns.enter(undefined, 1);
  controller.abort(noLonger);
  expect(String(await heavy)).toBe(String(noLonger));
  await light;
  expect(turns.taken).toBe(2);
});

test("a turn that comes too late goes to the next", async () => {
  await using _fake = new FakeRuntime();
  const turns = new Turns();
  const controller = new AbortController();
  await turns.enter(undefined);
  const late = failureOf(turns.enter({ signal: controller.signal }));
  const next = turns.enter(undefined);
  turns.leave();
  controller.abort(noLonger);
  expect(String(await late)).toBe(String(noLonger));
  await next;
  expect(turns.isTaken).toBe(true);
});
