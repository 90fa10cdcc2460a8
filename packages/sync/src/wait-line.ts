import { Wait } from "@bascule/core";

/** What a line needs of a wait: its links, and to be woken or failed. */
export interface Queued {
  previousInLine: Queued | null;
  nextInLine: Queued | null;
  inLine: boolean;
  wake(): void;
  fail(error: unknown): void;
}

/** A wait that can stand in a {@link WaitLine}. */
export abstract class LineWait<T> extends Wait<T> implements Queued {
  previousInLine: Queued | null = null;
  nextInLine: Queued | null = null;
  inLine: boolean = false;
}

/**
 * Waits in the order in which they came. The links are in the waits themselves, so that entering
 * and leaving from the middle (an abort) cost the same few stores.
 */
export class WaitLine<W extends Queued = Queued> {
  first: W | null = null;
  length: number = 0;
  #last: W | null = null;

  enter(wait: W): void {
    wait.inLine = true;
    wait.nextInLine = null;
    wait.previousInLine = this.#last;
    if (this.#last === null) this.first = wait;
    else this.#last.nextInLine = wait;
    this.#last = wait;
    this.length++;
  }

  /** Takes the first out. */
  shift(): W | null {
    const wait = this.first;
    if (wait === null) return null;
    const next = wait.nextInLine as W | null;
    this.first = next;
    if (next === null) this.#last = null;
    else next.previousInLine = null;
    wait.nextInLine = null;
    wait.inLine = false;
    this.length--;
    return wait;
  }

  /** Takes a wait out from anywhere. @returns false when it had been taken out before */
  remove(wait: W): boolean {
    if (!wait.inLine) return false;
    const previous = wait.previousInLine as W | null;
    const next = wait.nextInLine as W | null;
    if (previous === null) this.first = next;
    else previous.nextInLine = next;
    if (next === null) this.#last = previous;
    else next.previousInLine = previous;
    wait.previousInLine = null;
    wait.nextInLine = null;
    wait.inLine = false;
    this.length--;
    return true;
  }

  wakeAll(): void {
    for (let wait = this.shift(); wait !== null; wait = this.shift()) wait.wake();
  }

  /** @param makeError called once for each wait */
  failAll(makeError: () => unknown): void {
    for (let wait = this.shift(); wait !== null; wait = this.shift()) wait.fail(makeError());
  }
}

/**
 * A line in front of things that come one by one: messages, or room for them. A wait that is woken
 * has been promised one thing but takes it only when it is delivered; until then nobody else may
 * have it.
 */
export class TurnLine extends WaitLine {
  /** Waits that were woken and have neither taken their thing nor been aborted. */
  promised: number = 0;

  /** Whether a newcomer may take something without overtaking anybody. */
  get isIdle(): boolean {
    return this.first === null && this.promised === 0;
  }

  /** Wakes from the front until as many are promised a thing as there are things. */
  admit(things: number): void {
    while (this.promised < things) {
      const wait = this.shift();
      if (wait === null) return;
      this.promised++;
      wait.wake();
    }
  }

  /** A promised wait takes its thing now. */
  arrive(): void {
    this.promised--;
  }

  /** A wait was aborted; its promise, if it had one, is free for the next {@link admit}. */
  leave(wait: Queued): void {
    if (!this.remove(wait)) this.promised--;
  }
}
