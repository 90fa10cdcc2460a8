import { expect, test } from "bun:test";
import { noteBytesWritten } from "./note-bytes-written.ts";

class Counted extends Error {
  get bytesWritten(): string {
    return "mine";
  }
}

test("a reason says how many bytes went out, unless it refuses to", () => {
  const plain = new Error("plain");
  noteBytesWritten(plain, 5);
  noteBytesWritten(plain, 6);
  expect(plain).toHaveProperty("bytesWritten", 6);
  const counted = new Counted("counted");
  noteBytesWritten(counted, 7);
  expect(counted).toHaveProperty("bytesWritten", 7);
  const fixed = Object.defineProperty(new Error("fixed"), "bytesWritten", { value: 1 });
  const frozen = Object.freeze(new Error("frozen"));
  for (const reason of [fixed, frozen, "text", null]) noteBytesWritten(reason, 8);
  expect(fixed).toHaveProperty("bytesWritten", 1);
  expect(frozen).not.toHaveProperty("bytesWritten");
});
