import { expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { Runtime, timeout } from "@bascule/core";
import { UnixListener } from "@bascule/net";
import {
  AF_UNIX,
  closeDescriptor,
  createSocket,
  encodeMessage,
  MESSAGE_HEADER_BYTES,
  sendMessage,
  SOCK_STREAM,
} from "@bascule/sys";
import { callWith, connectRaw, must, writeText } from "@bascule/test-support";

// Of `struct msghdr` and `struct cmsghdr` on 64-bit Linux.
const CONTROL_AT = 32;
const CONTROL_LENGTH_AT = 40;
const CONTROL_BYTES = 24;
const DESCRIPTOR_AT = 16;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;

/** Sends text with a descriptor beside it: unix(7). */
function sendWithDescriptor(fd: number, text: string, passed: number): void {
  const controlAt = MESSAGE_HEADER_BYTES;
  const dataAt = controlAt + CONTROL_BYTES;
  const memory = new ArrayBuffer(dataAt + text.length);
  const sent = callWith(memory, (address) => {
    const bytes = new Uint8Array(memory);
    bytes.set(Buffer.from(text), dataAt);
    encodeMessage({ bytes, address }, address + dataAt, text.length, null);
    const header = new DataView(memory);
    header.setBigUint64(CONTROL_AT, BigInt(address + controlAt), true);
    header.setBigUint64(CONTROL_LENGTH_AT, BigInt(CONTROL_BYTES), true);
    const control = new DataView(memory, controlAt);
    control.setBigUint64(0, BigInt(DESCRIPTOR_AT + 4), true);
    control.setInt32(8, SOL_SOCKET, true);
    control.setInt32(12, SCM_RIGHTS, true);
    control.setInt32(DESCRIPTOR_AT, passed, true);
    const frame = { fd, address: address + dataAt, length: 0, offset: address, flags: 0 };
    return sendMessage.attempt(frame);
  });
  expect(sent).toBe(text.length);
}

test("bytes behind a message with a descriptor, where a receive ends, come too", async () => {
  const path = `\0bascule-passed-${process.pid}`;
  await using listener = await UnixListener.bind({ path });
  const client = must(createSocket(AF_UNIX, SOCK_STREAM));
  must(connectRaw(client, { family: "unix", path }));
  await using server = await listener.accept();
  writeText(client, "first");
  expect(await server.readExactly(5)).toEqual(Buffer.from("first"));
  // Turned by hand, the driver finds that nothing is left, and watches the socket for more.
  while (Runtime.current().driver.turn(0) > 0);
  const passed = openSync("/dev/null", "r");
  for (const text of ["one ", "two ", "three "]) sendWithDescriptor(client, text, passed);
  closeSync(passed);
  writeText(client, "rest");
  const text = "one two three rest";
  const bytes = await timeout(2000, () => server.readExactly(text.length));
  expect(Buffer.from(bytes).toString()).toBe(text);
  closeDescriptor(client);
});
