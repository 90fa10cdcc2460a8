import type { Runtime, WaitOptions } from "@bascule/core";
import { EAGAIN, ENXIO, O_NONBLOCK, O_PATH, openAt } from "@bascule/sys";
import { waitForReader } from "./fifo.ts";
import { openAgain } from "./open-again.ts";
import { PathCall, type PathCallOptions } from "./path-call.ts";
import { systemOf } from "./system.ts";

/**
 * Opens a file: openat(2). Who makes it wait does not occupy a thread: a FIFO without a reader, and
 * a file that somebody has a lease on, are tried again until they open. A FIFO without a writer
 * makes the first read wait. A descriptor that nobody waits for any more is closed.
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
    // Somebody has a lease on it, of fcntl(2), and has been asked to give it up.
    if (result === -EAGAIN && waits) result = await openAgain(call, result, options);
    if (result === -ENXIO && waits) result = await waitForReader(call, path, options);
    if (result < 0) throw call.error(result);
    if (waits) system.setStatusFlags(result, flags);
    return result;
  } finally {
    call[Symbol.dispose]();
  }
}
