import { describe, expect, test } from "bun:test";
import { spawn } from "@bascule/core";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { withRandom } from "../support/random.ts";
import { connectPair, tcp, unix } from "../support/transports.ts";

const TOTAL = 32 << 20;

describe.each([tcp, unix])("32 MiB over $name arrive whole and byte-exact", (transport) => {
  test("from one write", async () => {
    await using pair = await connectPair(transport);
    const data = patternBytes(0, TOTAL);
    const writing = spawn(async () => {
      await pair.client.write(data);
      await pair.client.closeWrite();
    });
    const reader = new PatternReader();
    for await (const chunk of pair.server) reader.take(chunk);
    await writing;
    expect(reader.offset).toBe(TOTAL);
  });

  test("from a moved buffer, into moved buffers", async () => {
    await using pair = await connectPair(transport);
    const writing = spawn(async () => {
      await pair.client.writeFrom(patternBytes(0, TOTAL).buffer);
      await pair.client.closeWrite();
    });
    const reader = new PatternReader();
    let buffer = new ArrayBuffer(50_000);
    for (;;) {
      const { bytesRead, buffer: back } = await pair.server.readInto(buffer);
      reader.take(new Uint8Array(back, 0, bytesRead));
      buffer = back;
      if (bytesRead === 0) break;
    }
    await writing;
    expect(reader.offset).toBe(TOTAL);
  });

  test("in writes and reads of random sizes", async () => {
    await withRandom(async (random) => {
      await using pair = await connectPair(transport);
      const sizes = [1, 100, 4095, 4096, 4097, 65_536, 200_000, 1 << 20];
      const writing = spawn(async () => {
        for (let at = 0; at < TOTAL;) {
          const count = Math.min(random.between(1, random.pick(sizes)), TOTAL - at);
          await pair.client.write(patternBytes(at, count));
          at += count;
        }
        await pair.client.closeWrite();
      });
      const reader = new PatternReader();
      for (;;) {
        const bytes = await pair.server.read({ max: random.between(1, 300_000) });
        if (bytes === null) break;
        reader.take(bytes);
      }
      await writing;
      expect(reader.offset).toBe(TOTAL);
    });
  });
});
