import { lookup } from "node:dns/promises";
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import type { Runtime, System } from "@bascule/core";
import {
  addressOf,
  bindSocket,
  closeDescriptor,
  createSocket,
  listenSocket,
  localAddress,
  movePosition,
  peerAddress,
  setKeepAlive,
  setLinger,
  setMembership,
  setSocketOption,
  setStatusFlags,
  shutdownSocket,
  statusFlags,
} from "@bascule/sys";

/** This machine's kernel, for every driver that brings none of its own. */
const linux: System = {
  createSocket,
  bindSocket,
  listenSocket,
  localAddress,
  peerAddress,
  shutdownSocket,
  setSocketOption,
  setMembership,
  setKeepAlive,
  setLinger,
  closeDescriptor,
  statusFlags,
  setStatusFlags,
  movePosition,
  addressOf,
  attempt: (kind, frame) => kind.attempt(frame),
  lookup: (hostname) => lookup(hostname, { all: true }),
  setFileMode: chmodSync,
  removeFile: unlinkSync,
  socketFile,
};

/** The number of a file that was removed is soon another's, so its birth counts as well. */
function socketFile(path: string): string | null {
  const status = lstatSync(path, { bigint: true });
  return status.isSocket() ? `${status.dev}:${status.ino}:${status.birthtimeNs}` : null;
}

/** The system calls that a runtime's sockets make at once. */
export function systemOf(runtime: Runtime): System {
  return runtime.driver.system ?? linux;
}
