import { describe, expect, test } from "bun:test";
import { isIPv4, isIPv6 } from "node:net";
import * as fc from "fast-check";
import {
  decodeSocketAddress,
  encodeSocketAddress,
  SOCKET_ADDRESS_BYTES_MAX,
  type SocketAddress,
} from "./address.ts";

function encode(address: SocketAddress): Uint8Array {
  const target = new Uint8Array(new ArrayBuffer(SOCKET_ADDRESS_BYTES_MAX)).fill(0xee);
  return target.subarray(0, encodeSocketAddress(address, target));
}

function roundTrip(address: SocketAddress): SocketAddress {
  const bytes = encode(address);
  return decodeSocketAddress(bytes, 0, bytes.byteLength);
}

const port = fc.integer({ min: 0, max: 65535 });

describe("Internet addresses", () => {
  test("an IPv4 address has the layout of sockaddr_in", () => {
    const bytes = encode({ family: "IPv4", address: "127.0.0.1", port: 0x1234 });
    expect([...bytes]).toEqual([2, 0, 0x12, 0x34, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("an IPv6 address has the layout of sockaddr_in6", () => {
    const bytes = encode({ family: "IPv6", address: "1:2::ff", port: 80 });
    const address = [0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff];
    expect([...bytes]).toEqual([10, 0, 0, 80, 0, 0, 0, 0, ...address, 0, 0, 0, 0]);
  });

  test("every IPv4 address and port comes back", () => {
    fc.assert(
      fc.property(fc.ipV4(), port, (address, port) => {
        const value = { family: "IPv4", address, port } as const;
        expect(roundTrip(value)).toEqual(value);
      }),
    );
  });

  test("every IPv6 address comes back, in the shortest form that means the same", () => {
    fc.assert(
      fc.property(fc.ipV6(), port, (address, port) => {
        const once = roundTrip({ family: "IPv6", address, port });
        if (once.family !== "IPv6") throw new Error("The family changed");
        expect(once.port).toBe(port);
        expect(isIPv6(once.address)).toBe(true);
        expect([...encode(once)]).toEqual([...encode({ family: "IPv6", address, port })]);
      }),
    );
  });

  test("exactly the texts that Node takes for addresses are taken", () => {
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.stringMatching(/^[0-9a-f.:]{0,20}$/),
      fc.constantFrom(
        "",
        "1.2.3",
        "01.2.3.4",
        "256.1.1.1",
        "::",
        "::1::",
        "::ffff:1.2.3.4",
        " ::1",
      ),
    );
    fc.assert(
      fc.property(text, (address) => {
        expect(accepts({ family: "IPv4", address, port: 1 })).toBe(isIPv4(address));
        expect(accepts({ family: "IPv6", address, port: 1 })).toBe(isIPv6(address));
      }),
      { numRuns: 500 },
    );
  });

  test("a zone may be an interface's name or its number, and comes back as the name", () => {
    const named = roundTrip({ family: "IPv6", address: "fe80::1%lo", port: 9 });
    expect(named).toEqual({ family: "IPv6", address: "fe80::1%lo", port: 9 });
    expect(roundTrip({ family: "IPv6", address: "fe80::1%1", port: 9 })).toEqual(named);
  });

  test("a zone of which there is no interface any more comes back as its number", () => {
    const bytes = encode({ family: "IPv6", address: "fe80::1%4000000000", port: 9 });
    const decoded = decodeSocketAddress(bytes, 0, bytes.byteLength);
    expect(decoded).toEqual({ family: "IPv6", address: "fe80::1%4000000000", port: 9 });
  });

  test("bad addresses, zones and ports say what is wrong", () => {
    const failures: [SocketAddress, string][] = [
      [{ family: "IPv4", address: "::1", port: 1 }, 'not an IPv4 address: "::1"'],
      [{ family: "IPv4", address: "1.2.3.4\0x", port: 1 }, "not an IPv4 address"],
      [{ family: "IPv6", address: "1.2.3.4", port: 1 }, 'not an IPv6 address: "1.2.3.4"'],
      [{ family: "IPv6", address: "fe80::1%", port: 1 }, "no network interface for the zone"],
      [{ family: "IPv6", address: "fe80::1%no-such", port: 1 }, "no network interface"],
      [{ family: "IPv6", address: "fe80::1%99999999999", port: 1 }, "no network interface"],
      [{ family: "IPv4", address: "1.2.3.4", port: 65536 }, "port must be 0 to 65535: 65536"],
      [{ family: "IPv4", address: "1.2.3.4", port: -1 }, "port must be 0 to 65535: -1"],
      [{ family: "IPv6", address: "::", port: 1.5 }, "port must be 0 to 65535: 1.5"],
      [{ family: "IPv6", address: undefined as unknown as string, port: 1 }, "not an IPv6"],
      [{ family: "IPX" as "IPv4", address: "1", port: 1 }, "unknown family"],
    ];
    for (const [address, message] of failures) {
      expect(() => encode(address)).toThrow(message);
    }
  });
});

describe("Unix addresses", () => {
  test("every path without null bytes that fits comes back", () => {
    const path = fc.string({ unit: "grapheme", maxLength: 30 }).filter(fitsAsPath);
    fc.assert(
      fc.property(path, (path) => {
        expect(roundTrip({ family: "unix", path })).toEqual({ family: "unix", path });
      }),
    );
  });

  test("an abstract name comes back, null bytes and all", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 107 }), (name) => {
        const value = { family: "unix", path: `\0${name}` } as const;
        expect(roundTrip(value)).toEqual(value);
      }),
    );
  });

  test("the empty path is a socket without a name", () => {
    expect([...encode({ family: "unix", path: "" })]).toEqual([1, 0]);
    expect(roundTrip({ family: "unix", path: "" })).toEqual({ family: "unix", path: "" });
  });

  test("the longest path is 107 bytes, and 108 with the null byte of an abstract name", () => {
    expect(encode({ family: "unix", path: "a".repeat(107) }).byteLength).toBe(110);
    expect(encode({ family: "unix", path: `\0${"a".repeat(107)}` }).byteLength).toBe(110);
    const limit = "the path has 108 bytes, the limit is 107";
    expect(() => encode({ family: "unix", path: "a".repeat(108) })).toThrow(limit);
    expect(() => encode({ family: "unix", path: "é".repeat(54) })).toThrow(limit);
    expect(() => encode({ family: "unix", path: `\0${"a".repeat(108)}` })).toThrow(RangeError);
  });

  test("null bytes inside a path, and what is no text, are refused", () => {
    expect(() => encode({ family: "unix", path: "a\0b" })).toThrow("null byte in the path");
    expect(() => encode({ family: "unix", path: "\ud800" })).toThrow(TypeError);
    expect(() => encode({ family: "unix", path: 5 as unknown as string })).toThrow("not a path: 5");
  });
});

test("an address is written at its offset and needs room for the largest", () => {
  const target = new Uint8Array(new ArrayBuffer(200)).fill(9);
  expect(encodeSocketAddress({ family: "IPv4", address: "1.2.3.4", port: 5 }, target, 64)).toBe(16);
  expect([...target.subarray(62, 68)]).toEqual([9, 9, 2, 0, 0, 5]);
  expect(decodeSocketAddress(target, 64, 16)).toEqual({
    family: "IPv4",
    address: "1.2.3.4",
    port: 5,
  });
  expect(() => encodeSocketAddress({ family: "unix", path: "a" }, target, 73)).toThrow(RangeError);
});

test("an address of another family, or cut short, is refused", () => {
  const bytes = new Uint8Array(new ArrayBuffer(128));
  bytes[0] = 16;
  expect(() => decodeSocketAddress(bytes, 0, 12)).toThrow("family 16 with a length of 12 bytes");
  bytes[0] = 10;
  expect(() => decodeSocketAddress(bytes, 0, 16)).toThrow(RangeError);
  expect(() => decodeSocketAddress(bytes, 0, 0)).toThrow(RangeError);
});

function accepts(address: SocketAddress): boolean {
  try {
    encode(address);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function fitsAsPath(path: string): boolean {
  return !path.includes("\0") && new TextEncoder().encode(path).byteLength <= 107;
}
