import { describe, expect, test } from "bun:test";
import { yieldNow } from "@bascule/core";
import { SocketClosedError } from "@bascule/net";
import { failureOf, fieldsOf } from "../support/failure.ts";
import { connectPair, tcp, transports } from "../support/transports.ts";

describe.each(transports)("over $name", (transport) => {
  test("after one side closes for writing, the other may go on sending", async () => {
    await using pair = await connectPair(transport);
    await pair.client.write("last words");
    await pair.client.closeWrite();
    expect(await pair.server.readExactly(10)).toEqual(Buffer.from("last words"));
    expect(await pair.server.read()).toBeNull();
    await pair.server.write("still here");
    expect(await pair.client.readExactly(10)).toEqual(Buffer.from("still here"));
    await pair.server.closeWrite();
    expect(await pair.client.read()).toBeNull();
  });

  test("the end stays the end, for every kind of read", async () => {
    await using pair = await connectPair(transport);
    await pair.client.closeWrite();
    for (let i = 0; i < 3; i++) expect(await pair.server.read()).toBeNull();
    expect((await pair.server.readInto(new ArrayBuffer(8))).bytesRead).toBe(0);
    expect(await pair.server.lease()).toBeNull();
    for await (const _chunk of pair.server) throw new Error("A chunk came after the end");
    expect(await pair.server.lines().next()).toBeNull();
  });

  test("a write after closing for writing is refused, closing twice is harmless", async () => {
    await using pair = await connectPair(transport);
    await pair.client.closeWrite();
    await pair.client.closeWrite();
    expect(await failureOf(pair.client.write("more"))).toBeInstanceOf(SocketClosedError);
    expect(await failureOf(pair.client.writeFrom(new ArrayBuffer(4)))).toBeInstanceOf(
      SocketClosedError,
    );
  });

  test("closing sends what was written before it, then the end", async () => {
    await using pair = await connectPair(transport);
    await pair.client.write(new Uint8Array(100_000));
    await pair.client.close();
    let total = 0;
    for await (const chunk of pair.server) total += chunk.byteLength;
    expect(total).toBe(100_000);
  });
});

test("a closeWrite that is aborted while it flushes can be tried again", async () => {
  await using pair = await connectPair(tcp);
  const size = 8 << 20;
  const writing = pair.client.writeFrom(new ArrayBuffer(size));
  const controller = new AbortController();
  const closing = pair.client.closeWrite({ signal: controller.signal });
  await yieldNow();
  controller.abort("not yet");
  expect(await failureOf(closing)).toBe("not yet");
  const closingAgain = pair.client.closeWrite();
  let received = 0;
  for await (const chunk of pair.server) received += chunk.byteLength;
  await Promise.all([writing, closingAgain]);
  expect(received).toBe(size);
});

test("of two closeWrite at once each waits for the end, though the other is aborted", async () => {
  await using pair = await connectPair(tcp);
  const writing = pair.client.writeFrom(new ArrayBuffer(8 << 20));
  const controller = new AbortController();
  const first = pair.client.closeWrite({ signal: controller.signal });
  const second = pair.client.closeWrite();
  let isClosed = false;
  void second.then(() => (isClosed = true));
  await yieldNow();
  expect(isClosed).toBe(false);
  controller.abort("not yet");
  expect(await failureOf(first)).toBe("not yet");
  expect(await failureOf(pair.client.write("x"))).toBeInstanceOf(SocketClosedError);
  let received = 0;
  for await (const chunk of pair.server) received += chunk.byteLength;
  expect(received).toBe(8 << 20);
  await Promise.all([writing, second, pair.client.closeWrite()]);
});

test("a reset reaches the peer as ECONNRESET, and what was unread there is gone", async () => {
  await using pair = await connectPair(tcp);
  await pair.client.write("x");
  await pair.server.readExactly(1);
  const reading = pair.server.read();
  await pair.client.reset();
  expect(fieldsOf(await failureOf(reading), "code", "errno", "syscall", "message")).toEqual({
    code: "ECONNRESET",
    errno: -104,
    syscall: "read",
    message: "read ECONNRESET",
  });
});

test("after close every read says so, also where a reset had come before", async () => {
  await using pair = await connectPair(tcp);
  const reading = pair.client.read();
  await pair.server.reset();
  expect(await failureOf(reading)).toMatchObject({ code: "ECONNRESET" });
  expect(await failureOf(pair.client.read())).toMatchObject({ code: "ECONNRESET" });
  await pair.client.close();
  const error = await failureOf(pair.client.read());
  expect(error).toBeInstanceOf(SocketClosedError);
  expect(error).toHaveProperty("message", "Cannot read from the socket: it is closed");
  expect(await failureOf(pair.client.readExactly(1))).toBe(error);
  expect(await failureOf(pair.client.lease())).toBe(error);
});

test("after close every write says so, also where one had failed before", async () => {
  await using pair = await connectPair(tcp);
  await pair.server.reset();
  const failure = await failureOf(
    (async () => {
      for (;;) {
        await pair.client.write("x");
        await pair.client.flush();
      }
    })(),
  );
  expect(failure).toHaveProperty("syscall", "write");
  const closing = failureOf(pair.client.close());
  expect(await failureOf(pair.client.write("while it closes"))).toBeInstanceOf(SocketClosedError);
  expect(await closing).toMatchObject(fieldsOf(failure, "code", "syscall"));
  expect(await failureOf(pair.client.write("late"))).toBeInstanceOf(SocketClosedError);
  expect(await failureOf(pair.client.flush())).toBeInstanceOf(SocketClosedError);
  const moved = pair.client.writeFrom(new ArrayBuffer(1));
  expect(await failureOf(moved)).toBeInstanceOf(SocketClosedError);
});

test("closing with unread bytes resets the connection, as the kernel does", async () => {
  await using pair = await connectPair(tcp);
  await pair.server.write("never read");
  await pair.server.flush();
  await pair.client.close();
  const error = await failureOf(
    (async () => {
      while ((await pair.server.read()) !== null);
      // The end may come first: then the write finds out.
      for (;;) {
        await pair.server.write("x");
        await pair.server.flush();
      }
    })(),
  );
  expect(["ECONNRESET", "EPIPE"]).toContain((error as { code: string }).code);
});

test("a write to a peer that is gone fails, now or at the next write", async () => {
  await using pair = await connectPair(tcp);
  await pair.server.reset();
  const error = await failureOf(
    (async () => {
      for (;;) {
        await pair.client.write(new Uint8Array(1000));
        await pair.client.flush();
      }
    })(),
  );
  expect(["ECONNRESET", "EPIPE"]).toContain((error as { code: string }).code);
  expect(fieldsOf(error, "syscall")).toEqual({ syscall: "write" });
  const again = (await failureOf(pair.client.write("again"))) as { code: string };
  expect(["ECONNRESET", "EPIPE"]).toContain(again.code);
});

test("closed resolves on both sides, whoever closed and how", async () => {
  await using first = await connectPair(tcp);
  await using second = await connectPair(tcp);
  void first.client.close();
  void second.client.reset();
  await Promise.all([first.client.closed, second.client.closed]);
  await failureOf(second.server.readExactly(1));
  expect(await first.server.read()).toBeNull();
  await Promise.all([first.server.close(), second.server.close()]);
  await Promise.all([first.server.closed, second.server.closed]);
  expect([first.client.isClosed, second.server.isClosed]).toEqual([true, true]);
});
