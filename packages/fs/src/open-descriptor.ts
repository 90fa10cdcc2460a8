import type { Runtime, WaitOptions } from "@bascule/core";
import { EAGAIN, ENXIO, O_NONBLOCK, O_PATH, openAt } from "@bascule/sys";
import { waitForReader } from "./fifo.ts";
import { PathCall, type PathCallOptions } from "./path-call.ts";
import { systemOf } from "./system.ts";

/**
 * Opens a file: openat(2). A FIFO does not occupy a thread: one without a reader is watched until
 * somebody opens it, one without a writer makes the first read wait. A descriptor that nobody waits
 * for any more is closed.
 *
 * @param place where a relative path begins, when that is not the working directory, and the path
 *   that errors are about, when that is not this one
 * @returns the descriptor
 * @throws (rejects) SystemError with the path; the reason of an abort
 */
export async function openDescriptor(
  runtime: Runtime,
  syscall: string,
  path: string | Uint8Array,
  flags: number,
  mode: number,
  options: WaitOptions | undefined,
  place: Pick<PathCallOptions, "descriptor" | "shown"> = {},
): Promise<number> {
  const system = systemOf(runtime);
  const call = new PathCall(syscall, path, { runtime, ...place });
  try {
    const { frame } = call;
    const waits = (flags & (O_NONBLOCK | O_PATH)) === 0;
    frame.flags = waits ? flags | O_NONBLOCK : flags;
    frame.length = mode;
    const discard = (fd: number): void => void system.closeDescriptor(fd);
    let result = await call.result(openAt, options, discard);
    if (result === -EAGAIN && waits) {
      // Somebody has a lease on it, of fcntl(2): a thread waits until the kernel has taken it away.
      frame.flags = flags;
      result = await call.resultLater(openAt, options, discard);
    }
    if (result === -ENXIO && waits) result = await waitForReader(call, path, options);
    if (result < 0) throw call.error(result);
    if (waits) system.setStatusFlags(result, flags);
    return result;
  } finally {
    call[Symbol.dispose]();
  }
}
