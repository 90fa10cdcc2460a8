/**
 * Frames that a spawn site keeps: the spawning function of ours, and the program's that called it.
 */
export const SITE_FRAMES = 2;

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
  const ours = site.message === TAKEN_INSIDE ? SITE_FRAMES : SITE_FRAMES - 1;
  const frame = frames.slice(ours).find((line) => !line.includes("(unknown)"));
  return frame === undefined ? "" : frame.trim().slice("at ".length);
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
