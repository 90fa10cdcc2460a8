import type { EventLoop } from "../event-loop.ts";
import { ObserverFan } from "./observer-fan.ts";
import type { RuntimeObserver } from "./observer.ts";

/** Who observes one runtime. With nobody the loop's field is null, and observing costs nothing. */
export class Observers {
  readonly #loop: EventLoop;
  readonly #isParked: () => boolean;
  #all: readonly RuntimeObserver[] = [];

  constructor(loop: EventLoop, isParked: () => boolean) {
    this.#loop = loop;
    this.#isParked = isParked;
  }

  /** @returns what ends the observation when it is disposed of */
  add(observer: RuntimeObserver): Disposable {
    this.#set([...this.#all, observer]);
    // It comes in the middle of things: the end of this sleep will be told to it.
    if (this.#isParked()) observer.parked(performance.now());
    return {
      [Symbol.dispose]: () => {
        if (!this.#all.includes(observer)) return;
        this.#set(this.#all.filter((each) => each !== observer));
        observer.detached();
      },
    };
  }

  /** The runtime has been shut down. */
  close(): void {
    const all = this.#all;
    this.#set([]);
    for (const observer of all) observer.detached();
  }

  #set(all: readonly RuntimeObserver[]): void {
    this.#all = all;
    const observer = all.length > 1 ? new ObserverFan(all) : (all[0] ?? null);
    this.#loop.executor.observer = observer;
    this.#loop.driver.ledger.observer = observer;
  }
}
