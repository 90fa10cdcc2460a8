/**
 * Frames that a spawn site keeps: the spawning function of ours, and the program's that called it.
 */
export const SITE_FRAMES = 2;

/** An error whose stack says who called the function that calls this. */
export function takeSite(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = SITE_FRAMES + 1;
  const site = new Error();
  Error.stackTraceLimit = limit;
  return site;
}

/** First frame of a spawn site that is the program's: `run (chat.ts:12:3)`; empty when unknown. */
export function describeSite(site: Error | null): string {
  if (site === null || site.stack === undefined) return "";
  const frames = site.stack.split("\n").filter((line) => line.trimStart().startsWith("at "));
  const frame = frames.find((line) => !line.includes("(unknown)") && !isOurs(line));
  return frame === undefined ? "" : frame.trim().slice("at ".length);
}

function isOurs(frame: string): boolean {
  return frame.includes(`${import.meta.dir}/`) && !frame.includes(".test.ts");
}
