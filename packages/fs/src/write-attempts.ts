import { WOULD_BLOCK } from "@bascule/core";

/** So many refusals in a row, and the file systems here are taken not to know the question. */
const REFUSED_MAX = 16;
/** From then on one write in so many asks, in case another file system answers. */
const ASKED_EVERY = 64;

let refusedInARow = 0;

/**
 * Whether to ask for a write that does not wait. ext4 and tmpfs refuse every one; XFS and btrfs
 * take what is in memory.
 */
export function mayWriteNow(): boolean {
  if (refusedInARow < REFUSED_MAX) return true;
  refusedInARow++;
  return refusedInARow % ASKED_EVERY === 0;
}

/** What came of asking. */
export function noteWriteNow(result: number): void {
  refusedInARow = result === WOULD_BLOCK ? refusedInARow + 1 : 0;
}
