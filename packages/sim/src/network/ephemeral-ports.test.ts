import { expect, test } from "bun:test";
import { createDriver } from "../index.ts";
import { EADDRINUSE } from "../errno.ts";
import { AF_INET } from "./socket-address.ts";

const COUNT = 60_999 - 32_768 + 1;
const [SOCK_STREAM, SOCK_DGRAM] = [1, 2];
const ANY = { family: "IPv4", address: "127.0.0.1", port: 0 } as const;

test.each([
  ["TCP", SOCK_STREAM],
  ["UDP", SOCK_DGRAM],
])("a host whose %s ports are all taken says so, until one is given back", (_name, type) => {
  const { system } = createDriver();
  if (system === undefined) throw new Error("A simulated driver has no system of its own");
  const bound: number[] = [];
  const bind = (): number => {
    bound.push(system.createSocket(AF_INET, type));
    return system.bindSocket(bound.at(-1) ?? -1, ANY);
  };
  let count = 0;
  while (bind() === 0) count++;
  expect(count).toBe(COUNT);
  expect(bind()).toBe(-EADDRINUSE);
  system.closeDescriptor(bound[7] ?? -1);
  expect(bind()).toBe(0);
});
