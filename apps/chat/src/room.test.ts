import { expect, test } from "bun:test";
import { sleep } from "@bascule/core";
import { simulate, type World } from "@bascule/sim";
import type { Member, Outlet } from "./member.ts";
import { Room } from "./room.ts";

const LINE = "x".repeat(8000);
/** More than a member may be behind before talkers wait for it, and less than it may be at all. */
const LINES = 80;

/** A socket that takes nothing until it is told to. */
class FullOutlet implements Outlet {
  readonly #taking: PromiseWithResolvers<void> = Promise.withResolvers<void>();

  write(): Promise<void> {
    return this.#taking.promise;
  }

  take(): void {
    this.#taking.resolve();
  }

  fail(error: unknown): void {
    this.#taking.reject(error);
  }
}

const READER: Outlet = { write: () => Promise.resolve(), fail: () => undefined };

interface LateRoom {
  readonly room: Room;
  readonly slow: Member;
  readonly outlet: FullOutlet;
  readonly world: World;
}

/** Has a member fall behind until talkers wait for it, in a world where time is exact. */
async function inLateRoom(body: (late: LateRoom) => Promise<void>): Promise<void> {
  await simulate({ seed: 1, hosts: ["server"], faults: "none" }, async (world) => {
    const room = new Room();
    const passing = world.host("server").spawn(() => room.passOn());
    await world.host("server").spawn(async () => {
      const outlet = new FullOutlet();
      const slow = room.join("slow", outlet);
      const talker = room.join("talker", READER);
      if (slow === null || talker === null) throw new Error("The names are taken");
      for (let line = 0; line < LINES; line++) room.say(talker, LINE);
      await body({ room, slow, outlet, world });
    });
    passing.abort();
  });
}

test("talkers wait for a late member, but not for long, and once", async () => {
  const waited: number[] = [];
  await inLateRoom(async ({ room, world }) => {
    const fromMs = world.nowMs;
    for (let calm = 0; calm < 2; calm++) {
      await room.calm();
      waited.push(Math.round(world.nowMs - fromMs));
    }
  });
  expect(waited).toEqual([250, 250]);
});

test.each(["catches up", "leaves"])("talkers go on when the late member %s", async (how) => {
  let waitedMs = 0;
  await inLateRoom(async ({ room, slow, outlet, world }) => {
    const fromMs = world.nowMs;
    const calming = room.calm();
    await sleep(100);
    if (how === "leaves") room.leave(slow);
    else outlet.take();
    await calming;
    waitedMs = Math.round(world.nowMs - fromMs);
  });
  expect(waitedMs).toBe(100);
});
