/** The line with which `bun test` begins what one file printed. */
const HEADING = /^\S+\.test\.ts:$/;

/**
 * What to print of a run that failed: nothing of the tests that passed, so that the failure is what
 * one sees first. A run that ended without a failing test is kept whole, for it shows how far it
 * came.
 */
export function failingLines(output: string): string {
  const lines = output.trimEnd().split("\n");
  if (!lines.some((line) => line.startsWith("(fail)"))) return lines.join("\n");
  const kept: string[] = [];
  for (const line of lines) {
    if (line.startsWith("(pass)")) continue;
    const isBreak = line === "" || HEADING.test(line);
    if (isBreak && HEADING.test(kept.at(-1) ?? "")) kept.pop();
    if (line !== "" || kept.at(-1) !== "") kept.push(line);
  }
  return kept.join("\n");
}
