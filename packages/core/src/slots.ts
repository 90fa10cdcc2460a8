import { type InLine, Line } from "./line.ts";
import { PENDING, Wait } from "./wait.ts";

class SlotWait extends Wait<void> implements InLine {
  previousInLine: InLine | null = null;
  nextInLine: InLine | null = null;
  isInLine: boolean = false;
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
  readonly #line: Line<SlotWait> = new Line();

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => T | PromiseLike<T>): Promise<T> {
    if (this.#free > 0 && this.#line.first === null) this.#free--;
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
    this.#line.remove(wait);
    return true;
  }

  /** Aborted in the line: a slot that it was woken for is for the next. */
  leave(wait: SlotWait): void {
    this.#line.remove(wait);
    this.#wakeNext();
  }

  #wait(): Promise<void> {
    const wait = new SlotWait(this);
    if (wait.isWaiting) this.#line.enter(wait);
    // Those before it may have been woken and not taken their slots yet, with more to spare.
    this.#wakeNext();
    return wait.promise;
  }

  /** Wakes as many as there are slots, less those that are on their way. */
  #wakeNext(): void {
    let wait = this.#line.first;
    for (let promised = 0; wait !== null && promised < this.#free; promised++) {
      wait.wake();
      wait = this.#line.after(wait);
    }
  }
}
