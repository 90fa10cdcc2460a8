import type { Observers } from "./observers.ts";
import { TimeKeeper } from "./time-keeper.ts";

/** Takes times while anybody wants them: the first starts a keeper, the last stops it. */
export class Measurement {
  readonly #observers: Observers;
  /** null while nobody measures. */
  keeper: TimeKeeper | null = null;
  #observing: Disposable | null = null;
  #users: number = 0;

  constructor(observers: Observers) {
    this.#observers = observers;
  }

  begin(): Disposable {
    if (this.#users++ === 0) {
      this.keeper = new TimeKeeper();
      this.#observing = this.#observers.add(this.keeper);
    }
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        if (--this.#users === 0) this.#end();
      },
    };
  }

  #end(): void {
    this.keeper = null;
    this.#observing?.[Symbol.dispose]();
    this.#observing = null;
  }
}
