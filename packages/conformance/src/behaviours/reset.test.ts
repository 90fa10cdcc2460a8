import { expect, test } from "bun:test";
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
