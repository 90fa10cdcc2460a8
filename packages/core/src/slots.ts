import { PENDING, Wait } from "./wait.ts";

class SlotWait extends Wait<void> {
  readonly #slots: Slots;

  constructor(slots: Slots) {
    super(undefined);
    this.#slots = slots;
  }

  override get waitsFor(): string {
    return "its turn in a join set";
  }

  override get isForTask(): boolean {
    return true;
  }

  protected override poll(): void | typeof PENDING {
    if (!this.#slots.take(this)) return PENDING;
  }

  protected override cancelled(): void {
    this.#slots.leave(this);
  }
}

/**
 * So many tasks may be inside at once; the others wait in line. A wait that was woken has not taken
 * its slot yet: it does when it is delivered, and until then nobody overtakes it.
 */
export class Slots {
  #free: number;
  readonly #line: Set<SlotWait> = new Set();

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => T | PromiseLike<T>): Promise<T> {
    if (this.#free > 0 && this.#line.size === 0) this.#free--;
    else await this.#wait();
    try {
      return await work();
    } finally {
      this.#free++;
      this.#wakeNext();
    }
  }

  take(wait: SlotWait): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    this.#line.delete(wait);
    return true;
  }

  /** Aborted in the line: a slot that it was woken for is for the next. */
  leave(wait: SlotWait): void {
    this.#line.delete(wait);
    this.#wakeNext();
  }

  #wait(): Promise<void> {
    const wait = new SlotWait(this);
    if (wait.isWaiting) this.#line.add(wait);
    // Those before it may have been woken and not taken their slots yet, with more to spare.
    this.#wakeNext();
    return wait.promise;
  }

  /** Wakes as many as there are slots, less those that are on their way. */
  #wakeNext(): void {
    let promised = 0;
    for (const wait of this.#line) {
      if (promised++ >= this.#free) return;
      wait.wake();
    }
  }
}
