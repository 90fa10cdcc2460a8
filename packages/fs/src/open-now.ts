import type { OperationFrame, Runtime } from "@bascule/core";
import { AT_FDCWD, O_NONBLOCK, O_PATH, openAt } from "@bascule/sys";
import { attempt, systemOf } from "./system.ts";

/** UTF-8 takes at most three bytes for each unit of a JavaScript string. */
const BYTES_PER_UNIT = 3;
const encoder = new TextEncoder();

/** For attempts, which are over when they return: one frame serves them all. */
const FRAME: OperationFrame = { fd: AT_FDCWD, address: 0, length: 0, offset: 0, flags: 0 };

/**
 * Opens a file whose path is in memory, without suspending anybody. It is non-blocking, so that a
 * FIFO does not wait for its other end: {@link endNonBlocking}. The caller has paid for it.
 * @returns the descriptor, or -1 when it takes more than that, or is an error
 */
export function openNow(runtime: Runtime, path: string | Uint8Array, flags: number): number {
  const { sendPool } = runtime.driver;
  const units = typeof path === "string" ? path.length * BYTES_PER_UNIT : path.byteLength;
  if (units >= sendPool.smallBytes) return -1;
  const block = sendPool.take(units + 1);
  let byteLength = units;
  if (typeof path === "string") byteLength = encoder.encodeInto(path, block.bytes).written;
  else block.bytes.set(path);
  block.bytes[byteLength] = 0;
  FRAME.fd = AT_FDCWD;
  FRAME.address = block.address;
  FRAME.flags = waits(flags) ? flags | O_NONBLOCK : flags;
  const result = attempt(runtime, openAt, FRAME);
  sendPool.give(block);
  return result < 0 ? -1 : result;
}

/** Gives a descriptor of {@link openNow} the flags that were asked for. */
export function endNonBlocking(runtime: Runtime, fd: number, flags: number): void {
  if (waits(flags)) systemOf(runtime).setStatusFlags(fd, flags);
}

function waits(flags: number): boolean {
  return (flags & (O_NONBLOCK | O_PATH)) === 0;
}
