import { driverCandidates } from "@bascule/core";
import fc from "fast-check";
import { anyProgram, type Program } from "./program.ts";
import { type Setting, SETTINGS, type Trace, World } from "./world.ts";

/** How much to run, and which. */
export interface FuzzOptions {
  readonly programs: number;
  readonly seed: number;
  /** Of a failure that was printed before, to run that one only. */
  readonly path?: string;
}

/** Runs each program on every driver that the machine has, and compares. */
export class DifferentialRun {
  readonly #worlds: Map<string, World> = new Map();
  readonly #drivers: readonly (readonly Setting[])[];
  programs: number = 0;
  /** Steps whose outcome was compared. */
  steps: number = 0;

  constructor() {
    const names = driverCandidates()
      .filter(({ unavailability }) => unavailability === null)
      .map(({ name }) => name);
    this.#drivers = (["epoll", "uring", "sim"] as const)
      .filter((name) => name === "sim" || names.includes(name))
      .map((name) => SETTINGS[name]);
  }

  /** @throws Error with the seed and a small program that fails */
  async check({ programs, seed, path }: FuzzOptions): Promise<void> {
    const property = fc.asyncProperty(anyProgram, (program) => this.#compare(program));
    const where = path === undefined ? { seed } : { seed, path };
    // The error's own text is in the report: of a cause a runner may print its stack only.
    await fc.assert(property, { ...where, numRuns: programs, includeErrorInReport: true });
  }

  async close(): Promise<void> {
    for (const world of this.#worlds.values()) await world.close();
    this.#worlds.clear();
  }

  async #compare(program: Program): Promise<void> {
    const traces: [string, Trace][] = [];
    for (const settings of this.#drivers) {
      const setting = settings[program.variant % settings.length] as Setting;
      traces.push([setting.name, await this.#run(setting, program)]);
    }
    this.programs++;
    this.steps += program.lanes.reduce((sum, { length }) => sum + length, 0);
    const [first, ...others] = traces;
    if (first === undefined) return;
    for (const other of others) rejectDifference(first, other);
  }

  async #run(setting: Setting, program: Program): Promise<Trace> {
    const world = this.#worlds.get(setting.name) ?? new World(setting);
    this.#worlds.set(setting.name, world);
    try {
      return await world.run(program);
    } catch (error) {
      // Whatever is still going on there must not disturb the next program.
      this.#worlds.delete(setting.name);
      await world.close();
      throw new Error(`On ${setting.name}: ${String(error)}`, { cause: error });
    }
  }
}

/** @throws Error at the first step whose outcomes differ */
function rejectDifference(
  [firstName, first]: [string, Trace],
  [otherName, other]: [string, Trace],
): void {
  for (const [lane, steps] of first.entries()) {
    for (const [index, outcome] of steps.entries()) {
      const otherOutcome = other[lane]?.[index];
      if (outcome === otherOutcome) continue;
      throw new Error(
        `Lane ${lane}, step ${index} differs:\n  ${firstName}: ${outcome}\n` +
          `  ${otherName}: ${otherOutcome}`,
      );
    }
  }
}
