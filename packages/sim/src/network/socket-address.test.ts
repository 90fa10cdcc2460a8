import { expect, test } from "bun:test";
import { decodeAddress, encodeAddress } from "./socket-address.ts";

test("an address that is written is read as it was", () => {
  const addresses = [
    ["IPv4", "10.0.0.7"],
    ["IPv6", "::"],
    ["IPv6", "::1"],
    ["IPv6", "fe80::"],
    ["IPv6", "::ffff:127.0.0.1"],
    ["IPv6", "2001:db8::7:0:8"],
    ["IPv6", "1:2:3:4:5:6:7:8"],
  ] as const;
  for (const [family, address] of addresses) {
    const bytes = new Uint8Array(128).fill(0xff);
    const from = { family, address, port: 60_123 };
    const length = encodeAddress(from, bytes);
    expect(length).toBe(family === "IPv4" ? 16 : 28);
    expect(decodeAddress(bytes.subarray(0, length))).toEqual(from);
  }
});
