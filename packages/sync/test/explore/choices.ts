/**
 * Every decision of one run, so that the next run can take another branch: a depth-first walk over
 * all of them, without keeping more than the path to where it is.
 */
export class Choices {
  readonly #path: number[] = [];
  readonly #counts: number[] = [];
  #depth: number = 0;

  /** One of `count` possibilities: as in the last run while its path goes, then the first. */
  choose(count: number): number {
    const at = this.#depth++;
    if (at === this.#path.length) this.#path.push(0);
    this.#counts[at] = count;
    return this.#path[at] ?? 0;
  }

  /** Goes on to the next run. @returns false when there is none */
  advance(): boolean {
    this.#path.length = this.#depth;
    this.#depth = 0;
    for (let last = this.#path.pop(); last !== undefined; last = this.#path.pop()) {
      if (last + 1 < (this.#counts[this.#path.length] ?? 0)) {
        this.#path.push(last + 1);
        return true;
      }
    }
    return false;
  }

  /** The decisions of the present run. */
  get path(): string {
    return this.#path.join("");
  }
}
