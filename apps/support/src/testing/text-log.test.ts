import { expect, test } from "bun:test";
import { TextLog } from "./text-log.ts";

const encoder = new TextEncoder();

test("waitFor() sees what came before and what comes later, also in pieces", async () => {
  const log = new TextLog();
  log.append(encoder.encode("one t"));
  await log.waitFor("one");
  const two = log.waitFor(/t(w)o/);
  log.append(encoder.encode("wo"));
  expect((await two)[1]).toBe("w");
});

test("waitFor() fails with the text when that has ended", async () => {
  const log = new TextLog();
  const never = log.waitFor("three");
  log.append(encoder.encode("one"));
  log.end();
  await expect(never).rejects.toThrow('has ended: "one"');
  await expect(log.waitFor("four")).rejects.toThrow("in vain");
});
