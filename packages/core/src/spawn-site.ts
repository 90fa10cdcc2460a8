/** Frames of a spawn site: this function, the spawning one, a wrapper of ours, and the program's. */
const SITE_FRAMES = 4;

/**
 * The stack of whoever spawns, of which only the top is taken, since every spawn pays for it. It
 * becomes text only when a task fails with nobody waiting.
 */
export function spawnSite(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = SITE_FRAMES;
  const site = new Error();
  Error.stackTraceLimit = limit;
  return site;
}
