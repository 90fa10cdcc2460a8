import { expect, test } from "bun:test";
import * as node from "node:fs";
import { TemporaryFolder } from "@bascule/test-support";
import { readFile } from "./read-file.ts";

const MIB = 1 << 20;

/** Another number every eight bytes, so that no two parts look alike. */
function numbers(byteLength: number): Uint8Array {
  const whole = Float64Array.from({ length: Math.ceil(byteLength / 8) }, (_, index) => index);
  return new Uint8Array(whole.buffer, 0, byteLength);
}

test.each([8 * MIB - 1, 8 * MIB, 17 * MIB + 5])(
  "%p bytes, read in parts, are as they were",
  async (byteLength) => {
    using folder = new TemporaryFolder();
    const content = numbers(byteLength);
    node.writeFileSync(folder.at("a"), content);
    const read = await readFile(folder.at("a"));
    expect([read.byteLength, Bun.hash(read)]).toEqual([byteLength, Bun.hash(content)]);
  },
);

test.each([0, 10 * MIB + 3, 20 * MIB])(
  "a file that shrinks to %p bytes while it is read gives those",
  async (byteLength) => {
    using folder = new TemporaryFolder();
    const content = numbers(24 * MIB);
    node.writeFileSync(folder.at("a"), content);
    const reading = readFile(folder.at("a"));
    node.truncateSync(folder.at("a"), byteLength);
    const read = await reading;
    const left = content.subarray(0, byteLength);
    expect([read.byteLength, Bun.hash(read)]).toEqual([byteLength, Bun.hash(left)]);
  },
);

test("files that are too large to be read at the same time are read in turns", async () => {
  using folder = new TemporaryFolder();
  const contents = [12, 33, 1, 20, 2].map((mib) => numbers(mib * MIB + mib));
  for (const [index, content] of contents.entries()) {
    node.writeFileSync(folder.at(`${index}`), content);
  }
  const reading = contents.map((_, index) => readFile(folder.at(`${index}`)));
  const hashes = (await Promise.all(reading)).map((bytes) => Bun.hash(bytes));
  expect(hashes).toEqual(contents.map((content) => Bun.hash(content)));
});

test("an abort ends a read in parts, and one that waits for its turn", async () => {
  using folder = new TemporaryFolder();
  const content = numbers(33 * MIB);
  node.writeFileSync(folder.at("a"), content);
  for (const aborted of [0, 1, 2]) {
    const controllers = [0, 1, 2].map(() => new AbortController());
    const outcomes = controllers.map(({ signal }) =>
      readFile(folder.at("a"), { signal }).then((bytes) => Bun.hash(bytes), String),
    );
    controllers[aborted]?.abort("not needed");
    const wanted = [0, 1, 2].map((at) => (at === aborted ? "not needed" : Bun.hash(content)));
    expect(await Promise.all(outcomes)).toEqual(wanted);
  }
});
