/** How often it is looked at the clock, and how much may have passed in between to count. */
const LOOK_MS = 5;
const LOOK_MS_MAX = 10;

/**
 * Time in which this machine ran us. A stretch in which not even a timer of ours was served is left
 * out but for its beginning: the programs that a test times had no more of it than the test.
 */
export class MachineTime implements Disposable {
  #passedMs: number = 0;
  #lookedMs: number = performance.now();
  readonly #timer: ReturnType<typeof setInterval> = setInterval(() => this.#look(), LOOK_MS);

  get passedMs(): number {
    this.#look();
    return this.#passedMs;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    this.#passedMs += Math.min(nowMs - this.#lookedMs, LOOK_MS_MAX);
    this.#lookedMs = nowMs;
  }
}
