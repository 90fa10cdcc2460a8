import { DifferentialRun } from "./differential.ts";

/** After so many programs something is printed. */
const BATCH = 500;

await main(process.argv.slice(2));

/** `./dev fuzz [programs] [seed] [path]`; the last two are printed by a run that failed. */
async function main([count = "100000", first, path]: readonly string[]): Promise<void> {
  const programs = Number(count);
  const seed = Number(first ?? Date.now() % 1e9);
  if (!Number.isInteger(programs) || !Number.isInteger(seed) || programs < 1) {
    console.error(`Cannot run "${count}" programs from seed "${first}": pass whole numbers`);
    process.exitCode = 2;
    return;
  }
  const startMs = performance.now();
  const run = new DifferentialRun();
  try {
    if (path !== undefined) await run.check({ programs: 1, seed, path });
    for (let done = 0; path === undefined && done < programs; done += BATCH) {
      await run.check({ programs: Math.min(BATCH, programs - done), seed: seed + done });
      const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
      console.log(`${run.programs} programs, ${run.steps} steps, ${seconds} s, no difference`);
    }
  } catch (error) {
    console.error(String(error));
    if (error instanceof Error && error.cause !== undefined) console.error(String(error.cause));
    process.exitCode = 1;
  } finally {
    await run.close();
  }
}
