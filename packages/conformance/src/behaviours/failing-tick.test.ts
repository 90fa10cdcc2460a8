import { expect, test } from "bun:test";
import { reportOf } from "../support/program.ts";

test("an error out of the loop that a program survives leaves nobody waiting", async () => {
  expect(await reportOf("failing-tick")).toEqual({
    heard: ["from a turn", "from an observer"],
    sleeps: [10, 10],
  });
});
