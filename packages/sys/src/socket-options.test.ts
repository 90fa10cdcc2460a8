import { expect, test } from "bun:test";
import { nameOf, Resources } from "../test/sockets.ts";
import { createPipe } from "./descriptors.ts";
import { ECONNREFUSED } from "./errno.ts";
import { connect } from "./operations/connect.ts";
import { WOULD_BLOCK } from "./operations/operation-kind.ts";
import {
  getSocketOption,
  IPPROTO_TCP,
  setKeepAlive,
  setLinger,
  setSocketOption,
  SO_KEEPALIVE,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOL_SOCKET,
  takeSocketError,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
} from "./socket-options.ts";

test("options that are integers are set and read", () => {
  using resources = new Resources();
  const { first: fd } = resources.tcpPair();
  const options: [number, number][] = [
    [IPPROTO_TCP, TCP_NODELAY],
    [SOL_SOCKET, SO_REUSEADDR],
    [SOL_SOCKET, SO_REUSEPORT],
  ];
  for (const [level, option] of options) {
    expect(setSocketOption(fd, level, option, 1)).toBe(0);
    expect(getSocketOption(fd, level, option)).toBe(1);
    expect(setSocketOption(fd, level, option, 0)).toBe(0);
    expect(getSocketOption(fd, level, option)).toBe(0);
  }
});

test("keep-alive takes its timing and is switched off", () => {
  using resources = new Resources();
  const { first: fd } = resources.tcpPair();
  expect(setKeepAlive(fd, { idleSeconds: 7, intervalSeconds: 3, count: 2 })).toBe(0);
  expect(getSocketOption(fd, SOL_SOCKET, SO_KEEPALIVE)).toBe(1);
  expect(getSocketOption(fd, IPPROTO_TCP, TCP_KEEPIDLE)).toBe(7);
  expect(getSocketOption(fd, IPPROTO_TCP, TCP_KEEPINTVL)).toBe(3);
  expect(getSocketOption(fd, IPPROTO_TCP, TCP_KEEPCNT)).toBe(2);
  expect(setKeepAlive(fd, {})).toBe(0);
  expect(getSocketOption(fd, IPPROTO_TCP, TCP_KEEPIDLE)).toBe(7);
  expect(nameOf(setKeepAlive(fd, { count: 0 }))).toBe("EINVAL");
  expect(setKeepAlive(fd, false)).toBe(0);
  expect(getSocketOption(fd, SOL_SOCKET, SO_KEEPALIVE)).toBe(0);
});

test("a pending error is told once", () => {
  using resources = new Resources();
  const { fd, address } = resources.listener();
  resources.close(fd);
  const frame = resources.connecting(address);
  const result = connect.attempt(frame);
  // On the loopback the refusal may already be the answer of the call.
  if (result === WOULD_BLOCK) expect(takeSocketError(frame.fd)).toBe(-ECONNREFUSED);
  else expect(result).toBe(-ECONNREFUSED);
  expect(takeSocketError(frame.fd)).toBe(0);
});

test("options of a descriptor that is no socket fail", () => {
  using resources = new Resources();
  const { first } = resources.pair(createPipe());
  expect(nameOf(setLinger(-1, null))).toBe("EBADF");
  expect(nameOf(setSocketOption(first, SOL_SOCKET, SO_KEEPALIVE, 1))).toBe("ENOTSOCK");
  expect(nameOf(takeSocketError(-1))).toBe("EBADF");
});
