import { describe, expect, test } from "bun:test";
import { Runtime, yieldNow } from "@bascule/core";
import { LineTooLongError } from "@bascule/net";
import { failureOf } from "../support/failure.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { connectPair } from "../support/transports.ts";

describe("lines", () => {
  test("end in \\n or \\r\\n, and the rest before the end counts as one", async () => {
    await using pair = await connectPair();
    await pair.client.write("one\ntwo\r\n\n\r\nfive\rstill five\nlast");
    await pair.client.closeWrite();
    const lines: string[] = [];
    for await (const line of pair.server.lines()) lines.push(line);
    expect(lines).toEqual(["one", "two", "", "", "five\rstill five", "last"]);
  });

  test("are the same however they are cut, inside a character too", async () => {
    await using pair = await connectPair();
    const bytes = Buffer.from("grün\r\n🙂 ja\nende\n");
    const reading = (async () => {
      const lines: string[] = [];
      for await (const line of pair.server.lines()) lines.push(line);
      return lines;
    })();
    for (const byte of bytes) {
      await pair.client.write(Uint8Array.of(byte));
      await pair.client.flush();
    }
    await pair.client.closeWrite();
    expect(await reading).toEqual(["grün", "🙂 ja", "ende"]);
  });

  test("invalid UTF-8 is replaced, and a decoder of one's own may do otherwise", async () => {
    await using pair = await connectPair();
    await pair.client.write([Uint8Array.of(0xff, 0x41, 0x0a, 0xff, 0x42, 0x0a)]);
    expect(await pair.server.lines().next()).toBe("\u{fffd}A");
    await using other = await connectPair();
    await other.client.write(Uint8Array.of(0xff, 0x42, 0x0a));
    const latin = other.server.lines({ decode: (bytes) => Buffer.from(bytes).toString("latin1") });
    expect(await latin.next()).toBe("ÿB");
  });

  test("one that is too long is an error, and the next comes whole", async () => {
    await using pair = await connectPair();
    const lines = pair.server.lines({ maxBytes: 10 });
    await pair.client.write(`${"x".repeat(10)}\n${"y".repeat(11)}\nshort\n`);
    expect(await lines.next()).toBe("x".repeat(10));
    const error = await failureOf(lines.next());
    expect(error).toBeInstanceOf(LineTooLongError);
    expect((error as Error).message).toBe("Line is longer than 10 bytes: it is skipped");
    expect(await lines.next()).toBe("short");
  });

  test("an endless one takes bounded memory: it is dropped as it comes", async () => {
    await using pair = await connectPair();
    const lines = pair.server.lines({ maxBytes: 100 });
    const sending = (async () => {
      for (let i = 0; i < 64; i++) await pair.client.write(new Uint8Array(65_536).fill(0x61));
      await pair.client.write("\nafter\n");
    })();
    expect(await failureOf(lines.next())).toBeInstanceOf(LineTooLongError);
    expect(await lines.next()).toBe("after");
    await sending;
  });

  test("an iteration that is left leaves the reader, and the socket, usable", async () => {
    await using pair = await connectPair();
    await pair.client.write("one\ntwo\nthree\n");
    const lines = pair.server.lines();
    for await (const line of lines) if (line === "one") break;
    expect(await lines.next()).toBe("two");
    expect(pair.server.isClosed).toBe(false);
  });
});

describe("web streams", () => {
  test("readable gives every byte to the end", async () => {
    await using pair = await connectPair();
    const sending = (async () => {
      await pair.client.write(patternBytes(0, 500_000));
      await pair.client.closeWrite();
    })();
    const reader = new PatternReader();
    for await (const chunk of pair.server.readable) reader.take(chunk);
    await sending;
    expect(reader.offset).toBe(500_000);
  });

  test("readable takes nothing before somebody asks", async () => {
    await using pair = await connectPair();
    await pair.client.write("untouched");
    const { readable } = pair.server;
    for (let i = 0; i < 10; i++) await yieldNow();
    expect(readable.locked).toBe(false);
    expect(await pair.server.readExactly(9)).toEqual(Buffer.from("untouched"));
  });

  test("writable waits as write does, and closing it closes the writing side", async () => {
    await using pair = await connectPair();
    const writer = pair.client.writable.getWriter();
    const sending = (async () => {
      for (let at = 0; at < 2 << 20; at += 65_536) await writer.write(patternBytes(at, 65_536));
      await writer.close();
    })();
    const reader = new PatternReader();
    for await (const chunk of pair.server) reader.take(chunk);
    await sending;
    expect(reader.offset).toBe(2 << 20);
  });

  test("cancelling readable closes the socket, aborting writable resets it", async () => {
    await using first = await connectPair();
    await first.server.readable.cancel();
    expect(first.server.isClosed).toBe(true);
    expect(await first.client.read()).toBeNull();
    await using second = await connectPair();
    const reading = second.server.read();
    await second.client.writable.abort("enough");
    expect(((await failureOf(reading)) as { code: string }).code).toBe("ECONNRESET");
  });

  test("a stream can be piped into another", async () => {
    await using source = await connectPair();
    await using sink = await connectPair();
    const piping = source.server.readable.pipeTo(sink.client.writable);
    await source.client.write(patternBytes(0, 100_000));
    await source.client.closeWrite();
    const reader = new PatternReader();
    for await (const chunk of sink.server) reader.take(chunk);
    await piping;
    expect(reader.offset).toBe(100_000);
  });
});

test("leaving an iteration leaves the socket open, with what was not taken", async () => {
  await using pair = await connectPair();
  await pair.client.write("first");
  for await (const chunk of pair.server) {
    expect(Buffer.from(chunk).toString()).toBe("first");
    break;
  }
  await pair.client.write("second");
  expect(await pair.server.readExactly(6)).toEqual(Buffer.from("second"));
});

test("writes of one tick leave as one send", async () => {
  await using pair = await connectPair();
  const sent = Runtime.current().driver.ledger.counters;
  await pair.client.flush();
  const before = sent.submitted;
  for (let i = 0; i < 100; i++) void pair.client.write(`message ${i}\n`);
  await pair.client.flush();
  expect(sent.submitted - before).toBe(1);
  const lines = pair.server.lines();
  for (let i = 0; i < 100; i++) expect(await lines.next()).toBe(`message ${i}`);
});
