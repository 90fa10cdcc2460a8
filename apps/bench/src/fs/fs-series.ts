import type { Contender } from "../contender.ts";
import { median } from "../report/statistics.ts";
import type { ApiName, CellGroup, FsSample } from "./fs-settings.ts";

/** A contender, and the interface that it uses. */
export interface FsContender extends Contender {
  readonly api: ApiName;
}

/** The contender that others are compared with. */
export const BASE_NAME = "node-promises";

/** A figure of a sample. */
export type FsFigure = keyof FsSample;

/** All rounds of all contenders in one cell; a round that failed has no sample. */
export class FsCellSeries {
  readonly group: CellGroup;
  readonly cell: string;
  readonly #samples: Map<string, (FsSample | null)[]> = new Map();

  constructor(group: CellGroup, cell: string) {
    this.group = group;
    this.cell = cell;
  }

  add(name: string, round: number, sample: FsSample | null): void {
    const samples = this.#samples.get(name) ?? [];
    while (samples.length < round) samples.push(null);
    samples.push(sample);
    this.#samples.set(name, samples);
  }

  /** Rounds of a contender; empty when it does not do this. */
  samplesOf(name: string): readonly (FsSample | null)[] {
    return this.#samples.get(name) ?? [];
  }

  medianOf(name: string, figure: FsFigure): number {
    return median(
      this.samplesOf(name).flatMap((sample) => (sample === null ? [] : sample[figure])),
    );
  }

  /** The median of the ratios to `base` in the same round. */
  ratioOf(name: string, base: string, figure: FsFigure): number {
    const others = this.samplesOf(base);
    const ratios = this.samplesOf(name).flatMap((sample, round) => {
      const other = others[round] ?? null;
      return sample === null || other === null ? [] : [sample[figure] / other[figure]];
    });
    return median(ratios);
  }

  /** The fastest of some contenders, by its median; undefined when none of them does this. */
  fastestOf(names: readonly string[]): string | undefined {
    const rate = (name: string): number => this.medianOf(name, "operationsPerSecond");
    const able = names.filter((name) => Number.isFinite(rate(name)));
    return able.toSorted((left, right) => rate(right) - rate(left))[0];
  }
}
