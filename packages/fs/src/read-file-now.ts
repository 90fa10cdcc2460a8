import { type OperationFrame, type Runtime, type WaitOptions } from "@bascule/core";
import { INLINE_BYTES_MAX, movePosition, moveToEnd, O_DIRECT, readAt } from "@bascule/sys";
import { payFor } from "./open-file.ts";
import { endNonBlocking, openNow } from "./open-now.ts";
import { addressToRead, bufferToRead } from "./read-memory.ts";
import { attempt, systemOf } from "./system.ts";

/** For attempts, which are over when they return: one frame serves them all. */
const FRAME: OperationFrame = { fd: -1, address: 0, length: 0, offset: 0, flags: 0 };

/**
 * Reads the whole of a file that is in memory, without suspending anybody: four system calls, and
 * nothing that could be aborted. The caller has paid for it.
 * @returns its content; or, when there is more to it, its descriptor, as new; or -1 when it could
 *   not be opened at once
 */
export function readFileNow(
  runtime: Runtime,
  path: string | Uint8Array,
  flags: number,
  options: WaitOptions,
): Buffer | number {
  const fd = openNow(runtime, path, flags);
  if (fd < 0) return -1;
  if ((flags & O_DIRECT) === 0 && runtime.driver.system === undefined) {
    const content = contentNow(runtime, fd, options);
    if (content !== null) {
      systemOf(runtime).closeDescriptor(fd);
      return content;
    }
  }
  endNonBlocking(runtime, fd, flags);
  return fd;
}

function contentNow(runtime: Runtime, fd: number, options: WaitOptions): Buffer | null {
  // What is no regular file may say anything: a read of so many bytes tells whether it is true.
  const end = moveToEnd(fd);
  if (end <= 0) return null;
  if (end <= INLINE_BYTES_MAX) {
    const content = bufferToRead(runtime, end);
    FRAME.fd = fd;
    FRAME.address = addressToRead(runtime, content);
    FRAME.length = end;
    const count = attempt(runtime, readAt, FRAME);
    payFor(count, options);
    if (count === end) return content;
  }
  movePosition(fd, -end);
  return null;
}
