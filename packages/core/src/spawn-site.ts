/**
 * Frames that a spawn site keeps: the spawning function of ours, the program's that called it, and
 * one for a `map` or `forEach` in between. A call in tail position leaves no frame of its own.
 */
export const SITE_FRAMES = 3;

/** The message of a site with one frame of ours more: that of `takeSite`. */
const TAKEN_INSIDE = "taken inside";

/** An error whose stack says who called the function that calls this. */
export function takeSite(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = SITE_FRAMES + 1;
  const site = new Error(TAKEN_INSIDE);
  Error.stackTraceLimit = limit;
  return site;
}

/**
 * The frame of a spawn site that is the program's: `run (chat.ts:12:3)`; empty when unknown. Frames
 * of ours are known by their place: in a bundle they are in the program's own file.
 */
export function describeSite(site: Error | null): string {
  if (site === null) return "";
  const frames = stackOf(site)
    .split("\n")
    .filter((line) => line.trimStart().startsWith("at "));
  const ours = site.message === TAKEN_INSIDE ? 2 : 1;
  for (const frame of frames.slice(ours)) {
    // What is below the microtasks is the executor, which has called nobody.
    if (frame.includes("drainMicrotasks")) return "";
    if (!/\((unknown|native\b.*)\)/.test(frame)) return frame.trim().slice("at ".length);
  }
  return "";
}

/** A stack is made when it is first read; a program's own way to make them may give anything. */
function stackOf(site: Error): string {
  const own: unknown = Reflect.get(Error, "prepareStackTrace");
  Reflect.set(Error, "prepareStackTrace", undefined);
  try {
    const { stack }: { stack?: unknown } = site;
    return typeof stack === "string" ? stack : "";
  } finally {
    Reflect.set(Error, "prepareStackTrace", own);
  }
}
