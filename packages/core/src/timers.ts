/** One armed timer. A wait that is woken at its deadline. */
export interface Timer {
  /** On the clock of the event loop, in milliseconds; fractions count. */
  deadlineMs: number;
  /** Position in the heap, -1 when it is not armed. */
  heapIndex: number;
  /** Order among equal deadlines: first armed, first fired. */
  sequence: number;
  /** Whether it keeps the process alive. */
  referenced: boolean;
  /** The deadline has come. It only wakes. */
  fire(): void;
}

const ARITY = 4;

/**
 * Timers of one runtime: a 4-ary heap by deadline, on the monotonic clock. Arming and cancelling
 * cost O(log n) without allocating, so thousands are cheap.
 */
export class Timers {
  readonly #heap: Timer[] = [];
  #sequence: number = 0;
  /** Armed timers that keep the process alive. */
  referenced: number = 0;
  readonly #onUnreferenced: () => void;

  /** @param onUnreferenced told when the last timer that keeps the process alive is disarmed */
  constructor(onUnreferenced: () => void = nothing) {
    this.#onUnreferenced = onUnreferenced;
  }

  get armed(): number {
    return this.#heap.length;
  }

  /** Deadline of the next timer, or Infinity. */
  get nextDeadlineMs(): number {
    const first = this.#heap[0];
    return first === undefined ? Number.POSITIVE_INFINITY : first.deadlineMs;
  }

  arm(timer: Timer): void {
    timer.sequence = this.#sequence++;
    if (timer.referenced) this.referenced++;
    this.#heap.push(timer);
    this.#up(timer, this.#heap.length - 1);
  }

  /** Disarms a timer; harmless when it has fired. */
  cancel(timer: Timer): void {
    const index = timer.heapIndex;
    if (index < 0) return;
    timer.heapIndex = -1;
    const last = this.#heap.pop();
    if (last !== undefined && last !== timer) {
      this.#up(last, index);
      this.#down(last, last.heapIndex);
    }
    if (timer.referenced && --this.referenced === 0) this.#onUnreferenced();
  }

  /** Fires every timer whose deadline has come. @returns how many */
  fire(nowMs: number): number {
    let fired = 0;
    for (let first = this.#heap[0]; first !== undefined && first.deadlineMs <= nowMs;) {
      this.cancel(first);
      first.fire();
      fired++;
      first = this.#heap[0];
    }
    return fired;
  }

  #up(timer: Timer, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = Math.floor((index - 1) / ARITY);
      const parent = this.#heap[parentIndex];
      if (parent === undefined || before(parent, timer)) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(timer, index);
  }

  #down(timer: Timer, from: number): void {
    let index = from;
    for (;;) {
      const child = this.#leastChild(index);
      if (child === null || before(timer, child)) break;
      const childIndex = child.heapIndex;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(timer, index);
  }

  #leastChild(index: number): Timer | null {
    const first = index * ARITY + 1;
    const end = Math.min(first + ARITY, this.#heap.length);
    let least: Timer | null = null;
    for (let i = first; i < end; i++) {
      const child = this.#heap[i];
      if (child !== undefined && (least === null || before(child, least))) least = child;
    }
    return least;
  }

  #place(timer: Timer, index: number): void {
    this.#heap[index] = timer;
    timer.heapIndex = index;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.sequence < b.sequence);
}

function nothing(): void {}
