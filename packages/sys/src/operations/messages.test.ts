import { describe, expect, test } from "bun:test";
import { skipWithoutRing, TestRing } from "../../test/ring.ts";
import { expectSuccess, frameOf, LOOPBACK, nameOf, Resources } from "../../test/sockets.ts";
import { AF_INET, type InternetAddress } from "../address.ts";
import {
  encodeMessage,
  encodeMessageRoom,
  type MessageHeader,
  MESSAGE_HEADER_BYTES,
  messageSender,
} from "../message-header.ts";
import { bindSocket, createSocket, localAddress, SOCK_DGRAM } from "../sockets.ts";
import { connect } from "./connect.ts";
import { type OperationFrame, WOULD_BLOCK } from "./operation-kind.ts";
import { receiveMessage } from "./receive-message.ts";
import { sendMessage } from "./send-message.ts";

const DATA_AT = 256;

interface Bound {
  readonly fd: number;
  readonly address: InternetAddress;
}

function bound(resources: Resources): Bound {
  const fd = resources.descriptor(createSocket(AF_INET, SOCK_DGRAM));
  expectSuccess(bindSocket(fd, LOOPBACK));
  return { fd, address: expectSuccess(localAddress(fd)) as InternetAddress };
}

/** A message in memory of its own: the header at the beginning, then the bytes. */
class Message {
  readonly header: MessageHeader;
  readonly data: Uint8Array;
  readonly dataAddress: number;

  constructor(resources: Resources, byteLength: number = 1024) {
    const memory = resources.memory(DATA_AT + byteLength);
    this.header = { bytes: memory.bytes, address: memory.address };
    this.data = memory.bytes.subarray(DATA_AT, DATA_AT + byteLength);
    this.dataAddress = memory.address + DATA_AT;
  }

  frame(fd: number): OperationFrame {
    return frameOf({ fd, address: this.dataAddress, offset: this.header.address });
  }

  sending(fd: number, text: string, to: InternetAddress | null): OperationFrame {
    const { written } = new TextEncoder().encodeInto(text, this.data);
    encodeMessage(this.header, this.dataAddress, written, to);
    return this.frame(fd);
  }

  receiving(fd: number): OperationFrame {
    encodeMessageRoom(this.header, this.dataAddress, this.data.byteLength);
    return this.frame(fd);
  }

  text(byteLength: number): string {
    return new TextDecoder().decode(this.data.subarray(0, byteLength));
  }
}

describe("attempts", () => {
  test("a datagram arrives whole, with its sender, and then it would block", () => {
    using resources = new Resources();
    const [one, other] = [bound(resources), bound(resources)];
    const [out, into] = [new Message(resources), new Message(resources)];
    expect(sendMessage.attempt(out.sending(one.fd, "hello", other.address))).toBe(5);
    expect(receiveMessage.attempt(into.receiving(other.fd))).toBe(5);
    expect(into.text(5)).toBe("hello");
    expect(messageSender(into.header)).toEqual(one.address);
    expect(receiveMessage.attempt(into.receiving(other.fd))).toBe(WOULD_BLOCK);
  });

  test("an empty datagram is a datagram", () => {
    using resources = new Resources();
    const [one, other] = [bound(resources), bound(resources)];
    const [out, into] = [new Message(resources), new Message(resources)];
    expect(sendMessage.attempt(out.sending(one.fd, "", other.address))).toBe(0);
    expect(receiveMessage.attempt(into.receiving(other.fd))).toBe(0);
    expect(messageSender(into.header)).toEqual(one.address);
  });

  test("a connected socket needs no address, and hears of a port that nobody has", () => {
    using resources = new Resources();
    const [one, other] = [bound(resources), bound(resources)];
    const connecting = resources.connecting(other.address);
    expect(connect.attempt({ ...connecting, fd: one.fd })).toBe(0);
    resources.close(other.fd);
    const out = new Message(resources);
    expect(sendMessage.attempt(out.sending(one.fd, "anybody", null))).toBe(7);
    const refused = sendMessage.attempt(out.sending(one.fd, "anybody", null));
    expect(nameOf(refused)).toBe("ECONNREFUSED");
  });

  test("what is longer than a datagram may be is refused", () => {
    using resources = new Resources();
    const { fd, address } = bound(resources);
    const out = new Message(resources, 65_508);
    encodeMessage(out.header, out.dataAddress, 65_508, address);
    expect(nameOf(sendMessage.attempt(out.frame(fd)))).toBe("EMSGSIZE");
    encodeMessage(out.header, out.dataAddress, 65_507, address);
    expect(sendMessage.attempt(out.frame(fd))).toBe(65_507);
  });

  test("a header leaves memory behind it alone, and needs no clean memory", () => {
    using resources = new Resources();
    const [one, other] = [bound(resources), bound(resources)];
    const [out, into] = [new Message(resources), new Message(resources)];
    for (const { header } of [out, into]) header.bytes.fill(0xff);
    expect(sendMessage.attempt(out.sending(one.fd, "x", other.address))).toBe(1);
    expect(receiveMessage.attempt(into.receiving(other.fd))).toBe(1);
    expect(messageSender(into.header)).toEqual(one.address);
    const rest = into.header.bytes.subarray(MESSAGE_HEADER_BYTES, DATA_AT);
    expect(rest.every((byte) => byte === 0xff)).toBe(true);
  });

  test("an address of IPv6 comes back as it was given", () => {
    using resources = new Resources();
    const memory = resources.memory();
    const to = { family: "IPv6", address: "2001:db8::7", port: 7007 } as const;
    encodeMessage(memory, memory.address, 0, to);
    expect(messageSender(memory)).toEqual(to);
  });
});

describe.skipIf(skipWithoutRing())("entries on a real ring", () => {
  test("a datagram that is waited for arrives whole, with its sender", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const [one, other] = [bound(resources), bound(resources)];
    const [out, into] = [new Message(resources), new Message(resources)];
    ring.submit(receiveMessage, into.receiving(other.fd), 1);
    expect(ring.isQuiet()).toBe(true);
    ring.submit(sendMessage, out.sending(one.fd, "hello", other.address), 2);
    const completions = [ring.next(), ring.next()].toSorted((a, b) => a.userData - b.userData);
    expect(completions).toEqual([
      { userData: 1, result: 5, flags: 0 },
      { userData: 2, result: 5, flags: 0 },
    ]);
    expect(into.text(5)).toBe("hello");
    expect(messageSender(into.header)).toEqual(one.address);
  });

  test("an empty datagram, and one too long", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const [one, other] = [bound(resources), bound(resources)];
    const [out, into] = [new Message(resources, 65_508), new Message(resources)];
    ring.submit(sendMessage, out.sending(one.fd, "", other.address), 1);
    expect(ring.next().result).toBe(0);
    ring.submit(receiveMessage, into.receiving(other.fd), 2);
    expect(ring.next()).toEqual({ userData: 2, result: 0, flags: 0 });
    encodeMessage(out.header, out.dataAddress, 65_508, other.address);
    ring.submit(sendMessage, out.frame(one.fd), 3);
    expect(nameOf(ring.next().result)).toBe("EMSGSIZE");
  });
});
