import { expect, test } from "bun:test";
import { Descriptor, Runtime } from "@bascule/core";
import { createSocketPair, type InternetAddress, SOCK_DGRAM } from "@bascule/sys";
import { readSome } from "@bascule/test-support";
import { failureOf } from "../test/settled.ts";
import { CloseWait } from "./close-wait.ts";
import { DatagramOutbox } from "./datagram-outbox.ts";
import { SocketClosedError } from "./errors.ts";
import { systemOf } from "./system.ts";

const ABOUT: InternetAddress = { family: "IPv4", address: "127.0.0.1", port: 7 };
const BYTES = new Uint8Array(8000);

/**
 * An outbox whose peer takes nothing unless it is told to. The loopback takes every datagram of
 * UDP at once, and drops what nobody reads; a Unix socket of datagrams makes the sender wait.
 */
class Stalled implements AsyncDisposable {
  readonly outbox: DatagramOutbox;
  readonly descriptor: Descriptor;
  readonly peer: number;
  readonly #runtime: Runtime = Runtime.current();

  constructor() {
    const pair = createSocketPair(SOCK_DGRAM);
    if (typeof pair === "number") throw new Error(`No pair: ${pair}`);
    this.descriptor = new Descriptor(pair.first);
    this.peer = pair.second;
    this.outbox = new DatagramOutbox(this.#runtime, this.descriptor);
  }

  send(signal?: AbortSignal): Promise<void> {
    return this.outbox.send(BYTES, null, ABOUT, { signal });
  }

  /** Sends until the peer's buffer is full. @returns how many it took, and the send that waits */
  fill(): { taken: number; waiting: Promise<void> } {
    const { driver } = this.#runtime;
    for (let taken = 0; ; taken++) {
      const waiting = this.send();
      // Turned by hand: what the kernel takes at once has completed then.
      driver.turn(0);
      driver.turn(0);
      if (!this.outbox.isEmpty) return { taken, waiting };
    }
  }

  close(): void {
    this.#runtime.driver.ledger.close(this.descriptor);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    if (!this.descriptor.closed) await new CloseWait(this.descriptor).promise;
    systemOf(this.#runtime).closeDescriptor(this.peer);
  }
}

test("a send waits while the buffer is full, and goes on when there is room", async () => {
  await using stalled = new Stalled();
  const { taken, waiting } = stalled.fill();
  expect(taken).toBeGreaterThan(0);
  expect(stalled.outbox.isEmpty).toBe(false);
  for (let i = 0; i < taken; i++) readSome(stalled.peer);
  await waiting;
  expect(stalled.outbox.isEmpty).toBe(true);
});

test("a send that is aborted while it waits never goes out, and says so", async () => {
  await using stalled = new Stalled();
  const { taken, waiting } = stalled.fill();
  const controller = new AbortController();
  const aborted = stalled.send(controller.signal);
  const reason = new Error("stop");
  controller.abort(reason);
  expect(await failureOf(aborted)).toBe(reason);
  expect(reason).toMatchObject({ bytesWritten: 0 });
  for (let i = 0; i < taken; i++) readSome(stalled.peer);
  await waiting;
  expect(readSome(stalled.peer)).toHaveLength(BYTES.byteLength);
  expect(stalled.outbox.isEmpty).toBe(true);
});

test("a send that waits when the socket closes is told that it did", async () => {
  await using stalled = new Stalled();
  const { waiting } = stalled.fill();
  stalled.close();
  expect(await failureOf(waiting)).toEqual(
    new SocketClosedError("Cannot send from the socket: it is closed"),
  );
});

test("what no datagram can hold is refused before any memory is rented", async () => {
  await using stalled = new Stalled();
  const { sendPool } = Runtime.current().driver;
  const bytes = new Uint8Array(sendPool.largeBytes + 1);
  expect(await failureOf(stalled.outbox.send(bytes, null, ABOUT, undefined))).toMatchObject({
    message: "send EMSGSIZE 127.0.0.1:7",
  });
  expect(sendPool.taken).toBe(0);
});
