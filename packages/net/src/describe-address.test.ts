import { expect, test } from "bun:test";
import { describeAddress } from "./describe-address.ts";

test("an address is written as one would type it", () => {
  expect(describeAddress({ family: "IPv4", address: "127.0.0.1", port: 80 })).toBe("127.0.0.1:80");
  expect(describeAddress({ family: "IPv6", address: "::1", port: 80 })).toBe("[::1]:80");
  expect(describeAddress({ family: "unix", path: "/run/a.sock" })).toBe("/run/a.sock");
  expect(describeAddress({ family: "unix", path: "\0name" })).toBe("@name");
  expect(describeAddress({ family: "unix", path: "" })).toBe("(unnamed)");
});
