import { expect, spyOn, test } from "bun:test";
import { type OperationKind, read, readAt, write, writeAt } from "@bascule/sys";
import { TemporaryFolder } from "@bascule/test-support";
import "../test/each-test.ts";
import { open } from "./open.ts";
import { readFile } from "./read-file.ts";
import { writeFile } from "./write-file.ts";

/** Has everything collected that can be, and its memory taken again, before each call of a kind. */
function collectBefore(kind: OperationKind): Disposable {
  const { attempt } = kind;
  return spyOn(kind, "attempt").mockImplementation((frame) => {
    Bun.gc(true);
    const others = Array.from({ length: 50 }, () => Buffer.from(new ArrayBuffer(frame.length)));
    const result = attempt(frame);
    // Of memory that was given away one of them would have what the call read.
    if (others.some((bytes) => bytes.some((byte) => byte !== 0))) throw new Error("written to");
    return result;
  });
}

test.each([10, 2000, 40_000])(
  "memory of %p bytes in a call is nobody else's, although the program has let go of it",
  async (byteLength) => {
    using folder = new TemporaryFolder();
    const content = Buffer.alloc(byteLength, "what a file holds, ");
    const moved = (): ArrayBuffer => new Uint8Array(content).buffer;
    using _spies = new DisposableStack();
    for (const kind of [read, readAt, write, writeAt]) _spies.use(collectBefore(kind));
    await writeFile(folder.at("a"), Buffer.from(content));
    expect((await readFile(folder.at("a"))).equals(content)).toBe(true);
    await using file = await open(folder.at("b"), "w+");
    await file.write(Buffer.from(content));
    await file.writeFrom(moved(), { at: byteLength });
    for (const at of [0, byteLength]) {
      const bytes = await file.read({ length: byteLength, at });
      expect(content.equals(bytes)).toBe(true);
      const { buffer } = await file.readInto(new ArrayBuffer(byteLength), { at });
      expect(content.equals(Buffer.from(buffer))).toBe(true);
    }
  },
);
