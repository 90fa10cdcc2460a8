import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_ASYNC_CANCEL } from "../uring/opcodes.ts";

const HEADER: number = entryHeader(IORING_OP_ASYNC_CANCEL, 0, 0);

/**
 * Writes an entry that cancels the request whose `user_data` is these two words, all but its own
 * `user_data`. It completes with 0, with `-ENOENT` when there is no such request any more, or with
 * `-EALREADY` when the request is already running and will complete in its own time.
 */
export function encodeCancel(
  entries: Int32Array,
  base: number,
  targetLow: number,
  targetHigh: number,
): void {
  writeEntry(entries, base, HEADER, -1, 0, 0, 0, 0, 0);
  entries[base + 4] = targetLow;
  entries[base + 5] = targetHigh;
}
