import { expect, test } from "bun:test";
import { Runtime, spawn } from "@bascule/core";
import { SocketClosedError } from "@bascule/net";
import { failureOf, fieldsOf } from "../support/failure.ts";
import { type AnyStream, connectPair } from "../support/transports.ts";

/** More than the kernel takes of a peer that does not read. */
const HUGE_BYTES = 32 << 20;

/** Writes until that fails. */
function failureOfWrites(stream: AnyStream): Promise<unknown> {
  return failureOf(
    (async () => {
      for (;;) {
        await stream.write("x");
        await stream.flush();
      }
    })(),
  );
}

function outcome(error: unknown): Record<string, unknown> {
  return fieldsOf(error, "code", "errno", "syscall");
}

const RESET = { code: "ECONNRESET", errno: -104 };
const READ_RESET = { ...RESET, syscall: "read" };
const WRITE_RESET = { ...RESET, syscall: "write" };

for (const [kind, write] of [
  ["write", (stream: AnyStream) => stream.write(new Uint8Array(HUGE_BYTES))],
  ["writeFrom", (stream: AnyStream) => stream.writeFrom(new ArrayBuffer(HUGE_BYTES))],
] as const) {
  test(`a reset ends a read and a ${kind} that wait, both with ECONNRESET`, async () => {
    await using pair = await connectPair();
    const reading = failureOf(pair.client.read());
    const writing = failureOf(write(pair.client));
    await pair.server.readExactly(1);
    await pair.server.reset();
    expect(outcome(await writing)).toEqual(WRITE_RESET);
    expect(outcome(await reading)).toEqual(READ_RESET);
    expect(outcome(await failureOf(pair.client.read()))).toEqual(READ_RESET);
  });

  test(`what came before a reset that a ${kind} met is read, then ECONNRESET`, async () => {
    await using pair = await connectPair();
    const writing = failureOf(write(pair.client));
    await pair.server.readExactly(1);
    await pair.server.write("half a mess");
    await pair.server.flush();
    await pair.server.reset();
    expect(outcome(await writing)).toEqual(WRITE_RESET);
    expect(await pair.client.readExactly(11)).toEqual(Buffer.from("half a mess"));
    for (let i = 0; i < 2; i++) {
      expect(outcome(await failureOf(pair.client.read()))).toEqual(READ_RESET);
    }
    expect(outcome(await failureOf(pair.client.readExactly(1)))).toEqual(READ_RESET);
  });
}

test("writes after a reset that a read met fail with ECONNRESET too", async () => {
  await using pair = await connectPair();
  const reading = pair.client.read();
  await pair.server.reset();
  expect(outcome(await failureOf(reading))).toEqual(READ_RESET);
  expect(outcome(await failureOfWrites(pair.client))).toEqual(WRITE_RESET);
});

test("an end stays an end where later writes are answered with a reset", async () => {
  for (const isReading of [true, false]) {
    await using pair = await connectPair();
    await pair.server.write("bye");
    await pair.server.close();
    if (isReading) expect(await pair.client.readExactly(3)).toEqual(Buffer.from("bye"));
    if (isReading) expect(await pair.client.read()).toBeNull();
    expect(outcome(await failureOfWrites(pair.client))).toMatchObject({ code: "EPIPE" });
    if (!isReading) expect(await pair.client.readExactly(3)).toEqual(Buffer.from("bye"));
    expect(await pair.client.read()).toBeNull();
  }
});

test("every write that fails has an error of its own, with its own bytesWritten", async () => {
  await using pair = await connectPair();
  const { client } = pair;
  const first = failureOf(client.write(new Uint8Array(HUGE_BYTES)));
  const behind = [
    failureOf(client.write("behind")),
    failureOf(client.writeFrom(new ArrayBuffer(4))),
  ];
  await pair.server.readExactly(1);
  await pair.server.reset();
  const failed = await first;
  const { bytesWritten } = failed as { bytesWritten: number };
  expect(bytesWritten).toBeWithin(1, HUGE_BYTES);
  const later = [
    ...behind,
    failureOf(client.write("later")),
    failureOf(client.write([new Uint8Array(1)])),
    failureOf(client.writeFrom(new ArrayBuffer(4))),
  ];
  const errors = await Promise.all(later);
  for (const error of errors) {
    expect({ ...outcome(error), ...fieldsOf(error, "bytesWritten") }).toEqual({
      ...WRITE_RESET,
      bytesWritten: 0,
    });
  }
  expect(new Set([failed, ...errors]).size).toBe(1 + errors.length);
  expect(failed).toHaveProperty("bytesWritten", bytesWritten);
});

test("writes that a close cuts off have errors of their own too", async () => {
  await using pair = await connectPair();
  const { client } = pair;
  const first = failureOf(client.write(new Uint8Array(HUGE_BYTES)));
  const behind = failureOf(client.write("behind"));
  await client.reset();
  const errors = [await first, await behind, await failureOf(client.write("late"))];
  for (const error of errors) expect(error).toBeInstanceOf(SocketClosedError);
  expect(new Set(errors).size).toBe(3);
  const [accepted, ...none] = errors.map((error) => fieldsOf(error, "bytesWritten"));
  expect(accepted?.["bytesWritten"]).toBeGreaterThan(0);
  expect(none).toEqual([{ bytesWritten: 0 }, { bytesWritten: 0 }]);
});

test("the reason of an abort is passed on as it is, also a socket's error", async () => {
  await using pair = await connectPair();
  const controller = new AbortController();
  const { signal } = controller;
  const writing = [
    failureOf(pair.client.writeFrom(new ArrayBuffer(HUGE_BYTES), { signal })),
    failureOf(pair.client.writeFrom(new ArrayBuffer(4), { signal })),
    failureOf(pair.client.write("behind", { signal })),
  ];
  const reason = new SocketClosedError("Somebody else's");
  await pair.server.readExactly(1);
  controller.abort(reason);
  for (const error of await Promise.all(writing)) expect(error).toBe(reason);
});

test("errors name the task that waited, and none outside every task", async () => {
  await using pair = await connectPair();
  const { client } = pair;
  const driver = Runtime.current().driver.name;
  const calls = [
    ["read", () => client.read()],
    ["read", () => client.readInto(new ArrayBuffer(4))],
    ["read", () => client.lines().next()],
    ["read", () => client[Symbol.asyncIterator]().next()],
    ["write", () => client.write(new Uint8Array(HUGE_BYTES))],
    ["write", () => client.writeFrom(new ArrayBuffer(4))],
    ["write", () => client.flush()],
  ] as const;
  const start = (): Promise<unknown>[] =>
    calls.map(([, call], index) => failureOf(spawn<unknown>(call, { name: `task ${index}` })));
  const waiting = start();
  await pair.server.readExactly(1);
  await pair.server.reset();
  const expected = calls.map(([syscall], index) => ({ syscall, driver, task: `task ${index}` }));
  for (const errors of [await Promise.all(waiting), await Promise.all(start())]) {
    expect(errors.map((error) => fieldsOf(error, "syscall", "driver", "task"))).toEqual(expected);
  }
  for (const outside of [
    () => client.read(),
    () => client.write("x"),
    () => client.flush(),
    () => client.close(),
  ]) {
    expect(await failureOf(outside())).not.toHaveProperty("task");
  }
});
