import { sleep, type WaitOptions } from "@bascule/core";
import { ENXIO, openAt } from "@bascule/sys";
import type { PathCall } from "./path-call.ts";
import { stat } from "./stat.ts";
import { systemOf } from "./system.ts";

/** A reader waits so long at most for the writer to see him. */
const PAUSE_MS_MAX = 32;

/**
 * Opens a FIFO for writing once somebody reads it. The kernel would have a thread wait in
 * openat(2), out of which nothing calls it back without waking other writers as well. So this asks
 * again and again: nothing tells of a reader who himself waits in open(2) for a writer, inotify(7)
 * only once his open is over.
 *
 * @param call an openat(2) that came back with `-ENXIO`
 * @returns the descriptor, or `-errno`; `-ENXIO` for what is no FIFO
 */
export async function waitForReader(
  call: PathCall,
  path: string | Uint8Array,
  options: WaitOptions | undefined,
): Promise<number> {
  const signal = options?.signal;
  if (!(await stat(path, { signal })).isFIFO()) return -ENXIO;
  const system = systemOf(call.runtime);
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    await sleep(pauseMs, { signal });
    const result = await call.result(openAt, options, (fd) => void system.closeDescriptor(fd));
    if (result !== -ENXIO) return result;
  }
}
