import { expect, test } from "bun:test";
import * as sys from "../index.ts";
import type { Machine, OperationFrame, OperationKind } from "../index.ts";

/** Which calls a kind makes of a machine, with what. */
function callsOf(kind: OperationKind, frame: OperationFrame): [string, ...number[]][] {
  const calls: [string, ...number[]][] = [];
  const machine = new Proxy({} as Machine, {
    get:
      (_, name: string) =>
      (...given: number[]): number => {
        calls.push([name, ...given]);
        return 42;
      },
  });
  expect(kind.simulate(machine, frame)).toBe(kind === sys.nop ? 0 : 42);
  return calls;
}

const FRAME: OperationFrame = { fd: 1, address: 2, length: 3, offset: 4, flags: 5 };

/** By the name it is exported under: the manual page's order of arguments. */
const EXPECTED: Readonly<Record<string, [string, ...number[]]>> = {
  accept: ["accept", 1],
  acceptOnce: ["accept", 1],
  accessAt: ["access", 1, 2, 3, 5],
  chmodAt: ["chmod", 1, 2, 3],
  chownAt: ["chown", 1, 2, 3, 4],
  close: ["close", 1],
  connect: ["connect", 1, 2, 3],
  copyRange: ["copyRange", 1, 5, 3, 2],
  fallocate: ["fallocate", 1, 5, 4, 3],
  fsync: ["fsync", 1, 5],
  linkAt: ["link", 1, 2, 3, 4, 5],
  mkdirAt: ["mkdir", 1, 2, 3],
  openAt: ["open", 1, 2, 5, 3],
  poll: ["poll", 1, 5],
  pollOnce: ["poll", 1, 5],
  read: ["read", 1, 2, 3, -1],
  readAt: ["read", 1, 2, 3, 4],
  readDirectAt: ["read", 1, 2, 3, 4],
  readDirectory: ["readDirectory", 1, 2, 3],
  readlinkAt: ["readlink", 1, 2, 4, 3],
  recv: ["recv", 1, 2, 3, 5],
  receiveMessage: ["receiveMessage", 1, 4, 5],
  recvInto: ["recv", 1, 2, 3, 5],
  recvOnce: ["recv", 1, 2, 3, 5],
  renameAt: ["rename", 1, 2, 3, 4, 5],
  seekAt: ["seek", 1, 4, 5],
  send: ["send", 1, 2, 3, 5],
  sendMessage: ["sendMessage", 1, 4, 5],
  shutdown: ["shutdown", 1, 5],
  statAt: ["stat", 1, 2, 5, 3, 4],
  symlinkAt: ["symlink", 2, 1, 4],
  truncateAt: ["truncate", 1, 4],
  unlinkAt: ["unlink", 1, 2, 5],
  utimesAt: ["utimes", 1, 2, 4, 5],
  write: ["write", 1, 2, 3, -1],
  writeAt: ["write", 1, 2, 3, 4],
  writeDirectAt: ["write", 1, 2, 3, 4],
};

const kinds = Object.entries(sys).filter(
  (entry): entry is [string, OperationKind] =>
    typeof (entry[1] as Partial<OperationKind> | undefined)?.simulate === "function",
);

test("every kind puts its call to a machine, with the frame's fields in their places", () => {
  const found = kinds
    .filter(([name]) => name !== "nop")
    .map(([name, kind]) => [name, callsOf(kind, FRAME)[0]]);
  expect(Object.fromEntries(found)).toEqual(EXPECTED);
});

test("every kind makes one call, but the one that does nothing", () => {
  for (const [name, kind] of kinds) {
    expect([name, callsOf(kind, FRAME).length]).toEqual([name, name === "nop" ? 0 : 1]);
  }
});
