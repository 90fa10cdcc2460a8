import { expect, test } from "bun:test";
import { failureOf } from "../test/outcome.ts";
import { gather } from "./gather.ts";

test("a source without an end is an error, not a full memory", async () => {
  const sizes = [60, 40, 0];
  const next = async (): Promise<Uint8Array> => new Uint8Array(sizes.shift() ?? 0).fill(7);
  expect(await gather(next, 100)).toEqual(Buffer.alloc(100, 7));
  let calls = 0;
  const endless = async (): Promise<Uint8Array> => new Uint8Array(++calls && 50);
  expect(await failureOf(gather(endless, 100))).toMatchObject({
    name: "RangeError",
    code: "ERR_FS_FILE_TOO_LARGE",
  });
  expect(calls).toBe(3);
});
