import { sleep, type WaitOptions } from "@bascule/core";
import { openAt } from "@bascule/sys";
import type { PathCall } from "./path-call.ts";
import { systemOf } from "./system.ts";

/** Whoever has gone out of the way is seen within this time. */
const PAUSE_MS_MAX = 32;

/**
 * Opens again and again, with pauses, for as long as somebody else makes it wait. The kernel would
 * have a thread wait in openat(2), out of which nothing calls it back.
 *
 * @param call an openat(2) with `O_NONBLOCK` that came back with `waiting`
 * @param waiting the `-errno` that says so
 * @returns the descriptor, or another `-errno`
 */
export async function openAgain(
  call: PathCall,
  waiting: number,
  options: WaitOptions | undefined,
): Promise<number> {
  const system = systemOf(call.runtime);
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    await sleep(pauseMs, { signal: options?.signal });
    const result = await call.result(openAt, options, (fd) => void system.closeDescriptor(fd));
    if (result !== waiting) return result;
  }
}
