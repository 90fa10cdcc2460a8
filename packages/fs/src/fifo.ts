import type { WaitOptions } from "@bascule/core";
import { ENXIO } from "@bascule/sys";
import { openAgain } from "./open-again.ts";
import type { PathCall } from "./path-call.ts";
import { stat } from "./stat.ts";

/**
 * Opens a FIFO for writing once somebody reads it. Nothing tells of a reader who himself waits in
 * open(2) for a writer, inotify(7) only once his open is over, and a thread that waited there could
 * not be called back without waking other writers as well.
 *
 * @param call an openat(2) that came back with `-ENXIO`
 * @returns the descriptor, or `-errno`; `-ENXIO` for what is no FIFO
 */
export async function waitForReader(
  call: PathCall,
  path: string | Uint8Array,
  options: WaitOptions | undefined,
): Promise<number> {
  if (!(await stat(path, { signal: options?.signal })).isFIFO()) return -ENXIO;
  return await openAgain(call, -ENXIO, options);
}
