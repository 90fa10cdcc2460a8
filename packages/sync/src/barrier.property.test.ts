import { expect, test } from "bun:test";
import { spawn, yieldNow } from "@bascule/core";
import fc from "fast-check";
import { quiet } from "../test/settled.ts";
import { Barrier } from "./barrier.ts";

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await yieldNow();
}

test("parties go on in whole groups with one leader each, whoever gives up when", async () => {
  // Turns of the run queue before it comes, and before it gives up.
  const party = fc.record({ before: fc.nat(6), patience: fc.nat(12) });
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 4 }),
    fc.array(party, { maxLength: 16 }),
    async (size, parties) => {
      const barrier = new Barrier(size);
      const outcomes: ("leader" | "follower" | "gone")[] = [];
      const tasks = parties.map(({ before, patience }) =>
        spawn(async () => {
          await turns(before);
          const controller = new AbortController();
          const waiting = barrier.wait({ signal: controller.signal });
          spawn(async () => {
            await turns(patience);
            controller.abort("impatient");
          });
          const outcome = await waiting.catch(() => null);
          if (outcome === null) outcomes.push("gone");
          else outcomes.push(outcome.isLeader ? "leader" : "follower");
        }),
      );
      for (const task of tasks) await task;
      await quiet();
      const leaders = outcomes.filter((outcome) => outcome === "leader").length;
      const followers = outcomes.filter((outcome) => outcome === "follower").length;
      // Of a group that was let go, some may give up before their turn, but one always leads.
      expect(followers).toBeLessThanOrEqual(leaders * (size - 1));
      expect(outcomes.length).toBe(parties.length);
      if (!outcomes.includes("gone")) expect(leaders * size).toBe(parties.length);
    },
  );
  await fc.assert(property, { numRuns: 150 });
}, 30_000);
