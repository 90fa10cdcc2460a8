import { type InLine, Line, Wait } from "@bascule/core";

/** What a line needs of a wait: its links, and to be woken or failed. */
export interface Queued extends InLine {
  wake(): void;
  fail(error: unknown): void;
}

/** A wait that can stand in a {@link WaitLine}. */
export abstract class LineWait<T> extends Wait<T> implements Queued {
  previousInLine: InLine | null = null;
  nextInLine: InLine | null = null;
  isInLine: boolean = false;
}

/** A line whose waits are woken, or failed, all at once. */
export class WaitLine<W extends Queued = Queued> extends Line<W> {
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
