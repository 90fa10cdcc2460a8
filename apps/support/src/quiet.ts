import { shield, sleep } from "@bascule/core";

/** How long nothing must have happened, and after how long it does not matter any more. */
const QUIET_MS = 20;
const QUIET_MS_MAX = 200;

/**
 * Waits until `count` stands still: what clients had sent when a server was told to stop may still
 * be on its way through the kernel, and is served first. A flood does not keep the server up.
 */
export async function quiet(count: () => number): Promise<void> {
  await shield(async () => {
    const endMs = performance.now() + QUIET_MS_MAX;
    let before = -1;
    for (let now = count(); now !== before && performance.now() < endMs; now = count()) {
      before = now;
      await sleep(QUIET_MS);
    }
  });
}
