import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { spawn } from "./spawn.ts";
import { yieldNow } from "./yield-now.ts";

test("a task that is aborted while others have their turn is not resumed", async () => {
  await using _fake = new FakeRuntime();
  let turns = 0;
  const task = spawn(async () => {
    for (;;) {
      turns++;
      await yieldNow();
    }
  });
  await yieldNow();
  const turnsBefore = turns;
  task.abort("enough");
  expect(await failureOf(task)).toBe("enough");
  expect(turns).toBe(turnsBefore);
});
