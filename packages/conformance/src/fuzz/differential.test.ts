import { expect, test } from "bun:test";
import { DifferentialRun } from "./differential.ts";

const PROGRAMS = Number(Bun.env["BASCULE_FUZZ_PROGRAMS"] ?? "1000");
const SEED = Number(Bun.env["BASCULE_FUZZ_SEED"] ?? "20261121");
/** A hang is noticed program by program; the machine may be busy with something else. */
const LIMIT_MS = 300_000;

test(
  `${PROGRAMS} random programs have the same outcome on every driver`,
  async () => {
    const run = new DifferentialRun();
    try {
      await run.check({ programs: PROGRAMS, seed: SEED });
      expect(run.programs).toBeGreaterThanOrEqual(PROGRAMS);
    } finally {
      await run.close();
    }
  },
  LIMIT_MS,
);
