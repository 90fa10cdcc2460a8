import { describe, expect, test } from "bun:test";
import { setImmediate } from "node:timers/promises";
import {
  type Block,
  type Descriptor,
  type Driver,
  type Flushable,
  InvariantError,
  type Operation,
  Runtime,
  spawn,
  type SystemError,
} from "@bascule/core";
import { EAGAIN, ECANCELED, ECONNRESET } from "@bascule/sys";
import fc from "fast-check";
import { patternAt } from "../test/fake-receive-pool.ts";
import { failureOf } from "../test/settled.ts";
import { connectPair } from "../test/stream-pair.ts";
import type { Inbox } from "./inbox.ts";
import type { TcpStream } from "./index.ts";
import { Outbox } from "./outbox.ts";
import { WITHDRAWN } from "./segment.ts";

/** More than the kernel takes of a peer that does not read. */
const HUGE_BYTES = 32 * 1024 * 1024;

/** Operations that were submitted while `action` ran and everything written was sent. */
async function operationsOf(client: TcpStream, action: () => void): Promise<number> {
  const runtime = Runtime.current();
  const before = runtime.metrics().operations.submitted;
  action();
  await client.flush();
  return runtime.metrics().operations.submitted - before;
}

function blocksTaken(): number {
  return Runtime.current().metrics().sendBlocksTaken;
}

async function expectPattern(stream: TcpStream, byteLength: number): Promise<void> {
  const bytes = await stream.readExactly(byteLength);
  expect(Buffer.compare(bytes, patternAt(0, byteLength))).toBe(0);
}

/** Without a kernel: what it flushes is sent when the test says so. */
function outboxAlone(
  sendFailed: (failed: number) => number,
  sendSilently?: NonNullable<Driver["sendSilently"]>,
): {
  outbox: Outbox;
  operation: Operation;
} {
  const operation = { root: null } as Operation;
  const { sendPool } = Runtime.current().driver;
  const runtime = {
    driver: { name: "none", ledger: { reserve: () => operation }, sendPool, sendSilently },
    submit: () => undefined,
    cancel: () => undefined,
    flushLater: (each: Flushable) => each.flush(),
  } as unknown as Runtime;
  const inbox = { sendFailed } as unknown as Inbox;
  return {
    outbox: new Outbox(runtime, { closing: false } as Descriptor, inbox),
    operation,
  };
}

/** Buffers that were moved, and sent by so many sockets side by side, each behind a byte. */
function sentBehindBytes(count: number): WeakRef<ArrayBuffer>[] {
  const all = Array.from({ length: count }, () => outboxAlone((failed) => failed));
  const sent = all.map(({ outbox }) => {
    const buffer = new ArrayBuffer(8);
    outbox.append(new Uint8Array(1), 0, 1);
    outbox.appendMoved(0, buffer, () => undefined);
    return new WeakRef(buffer);
  });
  for (const result of [1, 8]) {
    for (const { outbox, operation } of all) outbox.onCompletion(operation, result);
  }
  expect(all.every(({ outbox }) => outbox.isEmpty)).toBe(true);
  return sent;
}

test("moved buffers that were sent behind other bytes are kept by nobody", async () => {
  const sent = sentBehindBytes(100);
  // What a reference was made to stays until the job is over.
  await setImmediate();
  Bun.gc(true);
  // A few may still be found by the collector on the stack; a pool that keeps them keeps all.
  expect(sent.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(50);
});

describe("writes of one tick", () => {
  test("leave as one send", async () => {
    await using pair = await connectPair();
    const operations = await operationsOf(pair.client, () => {
      for (let i = 0; i < 200; i++) void pair.client.write(patternAt(i * 10, 10));
      expect([pair.client.bytesBuffered, blocksTaken()]).toEqual([2000, 1]);
    });
    expect([operations, pair.client.bytesBuffered, blocksTaken()]).toEqual([1, 0, 0]);
    await expectPattern(pair.server, 2000);
  });

  test("move to a larger block when they outgrow a small one, and stay one send", async () => {
    await using pair = await connectPair();
    const operations = await operationsOf(pair.client, () => {
      for (let i = 0; i < 6000; i++) void pair.client.write(patternAt(i * 10, 10));
      expect([pair.client.bytesBuffered, blocksTaken()]).toEqual([60_000, 1]);
    });
    expect([operations, blocksTaken()]).toEqual([1, 0]);
    await expectPattern(pair.server, 60_000);
  });

  test("are one send for every large block that they fill", async () => {
    await using pair = await connectPair();
    const operations = await operationsOf(pair.client, () => {
      void pair.client.write([patternAt(0, 100), patternAt(100, 70_000), patternAt(70_100, 900)]);
    });
    expect(operations).toBe(2);
    await expectPattern(pair.server, 71_000);
  });

  test("of nothing send nothing", async () => {
    await using pair = await connectPair();
    const operations = await operationsOf(pair.client, () => {
      void pair.client.write("");
      void pair.client.write([]);
      void pair.client.write([new Uint8Array()]);
    });
    expect([operations, pair.client.bytesWritten]).toEqual([0, 0]);
  });
});

test("moved buffers go out in their place among the writes", async () => {
  await using pair = await connectPair();
  const moved = [patternAt(1000, 5000).buffer, patternAt(6000, 70_000).buffer];
  void pair.client.write(patternAt(0, 1000));
  const writing = moved.map((buffer) => pair.client.writeFrom(buffer));
  void pair.client.write(patternAt(76_000, 10));
  expect(moved.map((buffer) => buffer.detached)).toEqual([true, true]);
  const given = await Promise.all(writing);
  expect(given.map(({ buffer }) => buffer.byteLength)).toEqual([5000, 70_000]);
  await expectPattern(pair.server, 76_010);
});

test("whichever moved buffers are taken back, all the rest comes in order", async () => {
  await using pair = await connectPair();
  const step = fc.record({
    kind: fc.constantFrom("write", "moved", "taken back"),
    byteLength: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 9000 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const controller = new AbortController();
      const writing: Promise<unknown>[] = [];
      const refused: Promise<unknown>[] = [];
      let sent = 0;
      for (const { kind, byteLength } of steps) {
        if (kind === "taken back") {
          const { signal } = controller;
          const unwanted = new Uint8Array(byteLength).fill(255).buffer;
          refused.push(failureOf(pair.client.writeFrom(unwanted, { signal })));
          continue;
        }
        const bytes = patternAt(sent, byteLength);
        sent += byteLength;
        writing.push(
          kind === "write" ? pair.client.write(bytes) : pair.client.writeFrom(bytes.buffer),
        );
      }
      controller.abort("unwanted");
      expect(await Promise.all(refused)).toEqual(refused.map(() => "unwanted"));
      if (sent > 0) await expectPattern(pair.server, sent);
      await Promise.all(writing);
      await pair.client.flush();
      expect([pair.client.bytesBuffered, blocksTaken()]).toEqual([0, 0]);
    }),
    { numRuns: 60 },
  );
});

describe("a moved buffer that is taken back", () => {
  test("before it was sent: nothing of it goes out, and it is given back whole", async () => {
    await using pair = await connectPair();
    const controller = new AbortController();
    const reclaimed: ArrayBuffer[] = [];
    const reason = new Error("not needed");
    const writing = pair.client.writeFrom(patternAt(0, 100).buffer, {
      signal: controller.signal,
      reclaim: (buffer) => reclaimed.push(buffer),
    });
    controller.abort(reason);
    expect(await failureOf(writing)).toBe(reason);
    expect(reason).toHaveProperty("bytesWritten", 0);
    expect(reclaimed.map((buffer) => new Uint8Array(buffer))).toEqual([patternAt(0, 100)]);
    await pair.client.write("only this");
    expect(Buffer.from(await pair.server.readExactly(9)).toString()).toBe("only this");
  });

  test("while it is sent: the reason says how much went out, and writing goes on", async () => {
    await using pair = await connectPair();
    const controller = new AbortController();
    const reclaimed: number[] = [];
    const reason = new Error("enough") as Error & { bytesWritten?: number };
    const writing = pair.client.writeFrom(patternAt(0, HUGE_BYTES).buffer, {
      signal: controller.signal,
      reclaim: ({ byteLength }) => reclaimed.push(byteLength),
    });
    await expectPattern(pair.server, 1000);
    controller.abort(reason);
    expect(await failureOf(writing)).toBe(reason);
    expect(reclaimed).toEqual([HUGE_BYTES]);
    const { bytesWritten = 0 } = reason;
    expect(bytesWritten).toBeGreaterThanOrEqual(1000);
    expect(bytesWritten).toBeLessThan(HUGE_BYTES);
    expect(pair.client.bytesBuffered).toBe(0);
    void pair.client.write("end");
    void pair.client.closeWrite();
    const rest = await pair.server.readExactly(bytesWritten - 1000 + 3);
    const expected = patternAt(1000, bytesWritten - 1000);
    expect(Buffer.compare(rest.subarray(0, -3), expected)).toBe(0);
    expect(Buffer.from(rest.subarray(-3)).toString()).toBe("end");
    expect(await pair.server.read()).toBeNull();
  });
});

test("a peer that resets: every waiting write fails, and every moved buffer is back", async () => {
  await using pair = await connectPair();
  let reclaimed = 0;
  const reclaim = (): void => void reclaimed++;
  const writing = [
    pair.client.writeFrom(new ArrayBuffer(HUGE_BYTES), { reclaim }),
    pair.client.writeFrom(new ArrayBuffer(10), { reclaim }),
    pair.client.write("behind them"),
    pair.client.flush(),
  ];
  const failing = writing.map(failureOf);
  await pair.server.readExactly(1000);
  await pair.server.reset();
  for (const error of await Promise.all(failing)) {
    expect(["ECONNRESET", "EPIPE"]).toContain((error as { code: string }).code);
  }
  expect([reclaimed, pair.client.bytesBuffered, blocksTaken()]).toEqual([2, 0, 0]);
});

test("of two aborts while a moved buffer is sent the first one's reason counts", async () => {
  await using pair = await connectPair();
  const controller = new AbortController();
  const { signal } = controller;
  const task = spawn(() => pair.client.writeFrom(new ArrayBuffer(HUGE_BYTES), { signal }));
  const failing = failureOf(task);
  await pair.server.readExactly(1000);
  controller.abort("first");
  task.abort("second");
  expect(await failing).toBe("first");
});

test("a reset while a moved buffer is sent: it is back once, and counted once", async () => {
  await using pair = await connectPair();
  let reclaimed = 0;
  const reclaim = (): void => void reclaimed++;
  const writing = failureOf(pair.client.writeFrom(new ArrayBuffer(HUGE_BYTES), { reclaim }));
  await pair.server.readExactly(1000);
  await pair.client.reset();
  expect(await writing).toMatchObject({ name: "SocketClosedError" });
  expect([reclaimed, pair.client.bytesBuffered, blocksTaken()]).toEqual([1, 0, 0]);
});

test("what a send fails with whose cancel comes too late is not lost", () => {
  for (const [result, code] of [
    [-ECONNRESET, "ECONNRESET"],
    [-ECANCELED, null],
  ] as const) {
    const told: number[] = [];
    const { outbox, operation } = outboxAlone((failed) => told[told.push(failed) - 1] as number);
    const ends: unknown[] = [];
    const segment = outbox.appendMoved(0, new ArrayBuffer(8), (end) => ends.push(end));
    outbox.withdraw(segment);
    outbox.onCompletion(operation, result);
    expect([ends, outbox.byteLength, outbox.bytesAccepted]).toEqual([[WITHDRAWN], 0, 0]);
    expect(told).toEqual(code === null ? [] : [result]);
    expect((outbox.failure as SystemError | null)?.code ?? null).toBe(code);
  }
});

/** An outbox with one byte in a silent send, and what tells how that went. */
function withByteSent(): {
  outbox: Outbox;
  operation: Operation;
  tell: (result: number) => void;
} {
  const sent: Block[] = [];
  const { outbox, operation } = outboxAlone(
    (failed) => failed,
    (_sender, block) => sent.length === 0 && sent.push(block) > 0,
  );
  outbox.append(new Uint8Array(1), 0, 1);
  expect([sent.length, outbox.isEmpty, outbox.byteLength]).toEqual([1, true, 0]);
  const tell = (result: number): void => outbox.onUnsent(sent[0] as Block, 0, 1, result);
  return { outbox, operation, tell };
}

describe("a silent send", () => {
  test("that had no room waits for some as an operation", () => {
    const { outbox, operation, tell } = withByteSent();
    tell(-EAGAIN);
    expect([outbox.byteLength, operation.length, blocksTaken()]).toEqual([1, 1, 1]);
    outbox.onCompletion(operation, 1);
    expect([outbox.byteLength, outbox.isEmpty, blocksTaken()]).toEqual([0, true, 0]);
  });

  test("that fails is the socket's failure, with its own reason", () => {
    const { outbox, tell } = withByteSent();
    tell(-ECONNRESET);
    expect((outbox.failure as SystemError).code).toBe("ECONNRESET");
    expect([outbox.byteLength, blocksTaken()]).toEqual([0, 0]);
  });

  test("that is told of too late is an error, rather than bytes out of order", () => {
    const { outbox, operation, tell } = withByteSent();
    outbox.append(new Uint8Array(1), 0, 1);
    expect(() => tell(-EAGAIN)).toThrow(InvariantError);
    outbox.onCompletion(operation, 1);
  });

  test("that comes back after the end gives its block back", () => {
    const { outbox, tell } = withByteSent();
    outbox.fail("over");
    tell(-EAGAIN);
    expect([outbox.failure, outbox.byteLength, blocksTaken()]).toEqual(["over", 0, 0]);
  });
});
