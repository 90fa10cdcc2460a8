import { expect, test } from "bun:test";
import { Resources } from "../test/sockets.ts";
import { EBADF } from "./errno.ts";
import { peerCredentials } from "./socket-options.ts";

test("the other end of a Unix socket tells its process, user and group", () => {
  using resources = new Resources();
  const { first } = resources.socketPair();
  expect(peerCredentials(first)).toEqual({
    processId: process.pid,
    userId: process.geteuid?.() ?? -1,
    groupId: process.getegid?.() ?? -1,
  });
});

test("what is no socket has no credentials", () => {
  expect(peerCredentials(-1)).toBe(-EBADF);
});
