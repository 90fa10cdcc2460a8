import { describe, expect, test } from "bun:test";
import { SocketClosedError, UnexpectedEofError } from "@bascule/net";
import { failureOf } from "../support/failure.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { connectPair, transports } from "../support/transports.ts";

describe.each(transports)("over $name", (transport) => {
  test("a read gives what has come, and no more than asked for", async () => {
    await using pair = await connectPair(transport);
    await pair.client.write("abcdef");
    await pair.client.flush();
    expect(await pair.server.read({ max: 4 })).toEqual(Buffer.from("abcd"));
    expect(await pair.server.read({ max: 4 })).toEqual(Buffer.from("ef"));
  });

  test("strings are UTF-8, and parts are joined in order", async () => {
    await using pair = await connectPair(transport);
    await pair.client.write("grüß ");
    await pair.client.write([Buffer.from("dich, "), new Uint8Array(0), Buffer.from("Welt")]);
    await pair.client.closeWrite();
    const received: Uint8Array[] = [];
    for await (const chunk of pair.server) received.push(chunk);
    expect(Buffer.concat(received).toString()).toBe("grüß dich, Welt");
  });

  test("what is read belongs to the reader: it does not change when more comes", async () => {
    await using pair = await connectPair(transport);
    const kept: Uint8Array[] = [];
    for (let i = 0; i < 200; i++) {
      await pair.client.write(patternBytes(i * 100, 100));
      kept.push(await pair.server.readExactly(100));
    }
    for (const [index, bytes] of kept.entries()) {
      expect(Buffer.compare(bytes, patternBytes(index * 100, 100))).toBe(0);
    }
  });

  test("readExactly waits for all of it, across many sends", async () => {
    await using pair = await connectPair(transport);
    const reading = pair.server.readExactly(100_000);
    for (let at = 0; at < 100_000; at += 12_500) {
      await pair.client.write(patternBytes(at, 12_500));
      await pair.client.flush();
    }
    expect(Buffer.compare(await reading, patternBytes(0, 100_000))).toBe(0);
  });

  test("readExactly waits for all of it, however small the pieces that come", async () => {
    await using pair = await connectPair(transport);
    const reading = pair.server.readExactly(500);
    for (let at = 0; at < 500; at++) {
      await pair.client.write(patternBytes(at, 1));
      await pair.client.flush();
    }
    expect(Buffer.compare(await reading, patternBytes(0, 500))).toBe(0);
  });

  test("readExactly of no bytes waits for nothing, and overtakes no reader", async () => {
    await using pair = await connectPair(transport);
    const { server, client } = pair;
    const reading = server.readExactly(1);
    expect(await server.readExactly(0)).toEqual(new Uint8Array());
    await client.write("ab");
    expect(await reading).toEqual(Buffer.from("a"));
    expect(await server.readExactly(0)).toEqual(new Uint8Array());
    expect(await server.readExactly(1)).toEqual(Buffer.from("b"));
    await client.closeWrite();
    expect(await server.read()).toBeNull();
    expect(await server.readExactly(0)).toEqual(new Uint8Array());
    const reason = new Error("enough");
    const aborted = server.readExactly(0, { signal: AbortSignal.abort(reason) });
    expect(await failureOf(aborted)).toBe(reason);
    await server.close();
    expect(await failureOf(server.readExactly(0))).toBeInstanceOf(SocketClosedError);
  });

  test("readExactly at an early end keeps what came", async () => {
    await using pair = await connectPair(transport);
    await pair.client.write("only this");
    await pair.client.closeWrite();
    const error = (await failureOf(pair.server.readExactly(100))) as UnexpectedEofError;
    expect(error).toBeInstanceOf(UnexpectedEofError);
    expect(Buffer.from(error.received).toString()).toBe("only this");
    expect(error.message).toBe("Expected 100 bytes: the peer closed its side after 9");
  });

  test("readInto fills a buffer that is moved there and back", async () => {
    await using pair = await connectPair(transport);
    const given = new ArrayBuffer(64);
    const reading = pair.server.readInto(given);
    expect(given.detached).toBe(true);
    await pair.client.write("into it");
    const { bytesRead, buffer } = await reading;
    expect([bytesRead, buffer.byteLength, buffer === given]).toEqual([7, 64, false]);
    expect(Buffer.from(buffer, 0, bytesRead).toString()).toBe("into it");
  });

  test("a moved buffer waits behind what an earlier write has not given yet", async () => {
    await using pair = await connectPair(transport);
    const { client } = pair;
    const at = [0, 400_000, 500_000, 900_000, 900_010];
    const part = (index: number): Uint8Array<ArrayBuffer> =>
      patternBytes(at[index] ?? 0, (at[index + 1] ?? 0) - (at[index] ?? 0));
    const controller = new AbortController();
    const { signal } = controller;
    const reclaimed: ArrayBuffer[] = [];
    const reclaim = (buffer: ArrayBuffer): void => void reclaimed.push(buffer);
    const writing = [
      client.write(part(0)),
      client.writeFrom(part(1).buffer),
      client.write(part(2)),
      client.writeFrom(part(3).buffer),
    ];
    const aborted = client.writeFrom(new ArrayBuffer(9), { signal, reclaim });
    const reason = new Error("not this one");
    controller.abort(reason);
    expect(await failureOf(aborted)).toBe(reason);
    expect(reason).toHaveProperty("bytesWritten", 0);
    expect(reclaimed.map(({ byteLength }) => byteLength)).toEqual([9]);
    const closing = client.closeWrite();
    const reader = new PatternReader();
    for await (const chunk of pair.server) reader.take(chunk);
    expect(reader.offset).toBe(900_010);
    await Promise.all([...writing, closing]);
  });

  test("writeFrom sends a buffer that is moved there and back", async () => {
    await using pair = await connectPair(transport);
    const given = patternBytes(0, 300_000).buffer;
    await pair.client.write("before");
    const writing = pair.client.writeFrom(given);
    expect(given.detached).toBe(true);
    const after = pair.client.write("after");
    expect(await pair.server.readExactly(6)).toEqual(Buffer.from("before"));
    const sent = await pair.server.readExactly(300_000);
    expect(await pair.server.readExactly(5)).toEqual(Buffer.from("after"));
    await after;
    const { buffer } = await writing;
    expect(Buffer.compare(sent, Buffer.from(buffer))).toBe(0);
  });

  test("a lease is a view that ends with its scope", async () => {
    await using pair = await connectPair(transport);
    await pair.client.write("leased");
    let view: Uint8Array;
    {
      using lease = await pair.server.lease();
      if (lease === null) throw new Error("There is nothing to lease");
      view = lease.bytes;
      expect(Buffer.from(view).toString()).toBe("leased");
      lease.release();
      expect(lease.isReleased).toBe(true);
      expect(() => lease.bytes).toThrow("Cannot use the lease: it has been released");
    }
    await pair.client.closeWrite();
    expect(await pair.server.lease()).toBeNull();
  });

  test("several reads that wait at once are served in the order of asking", async () => {
    await using pair = await connectPair(transport);
    const reads = Array.from({ length: 5 }, () => pair.server.read({ max: 2 }));
    await pair.client.write("aabbccddee");
    const texts = (await Promise.all(reads)).map((bytes) => Buffer.from(bytes ?? []).toString());
    expect(texts).toEqual(["aa", "bb", "cc", "dd", "ee"]);
  });

  test("counters say how many bytes went each way", async () => {
    await using pair = await connectPair(transport);
    await pair.client.write(new Uint8Array(1234));
    await pair.client.flush();
    await pair.server.readExactly(1234);
    expect([pair.client.bytesWritten, pair.client.bytesBuffered]).toEqual([1234, 0]);
    expect(pair.server.bytesRead).toBe(1234);
  });

  test("both directions at once, a megabyte each, are kept apart", async () => {
    await using pair = await connectPair(transport);
    const size = 1 << 20;
    const send = async (from: typeof pair.client, offset: number): Promise<void> => {
      for (let at = 0; at < size; at += 10_000) {
        await from.write(patternBytes(offset + at, Math.min(10_000, size - at)));
      }
      await from.closeWrite();
    };
    const receive = async (to: typeof pair.client, offset: number): Promise<void> => {
      const reader = new PatternReader();
      reader.offset = offset;
      for await (const chunk of to) reader.take(chunk);
      expect(reader.offset).toBe(offset + size);
    };
    const { client, server } = pair;
    await Promise.all([send(client, 0), receive(server, 0), send(server, 7), receive(client, 7)]);
  });
});
