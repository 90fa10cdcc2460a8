/** Links of what stands in a {@link Line}. */
export interface InLine {
  previousInLine: InLine | null;
  nextInLine: InLine | null;
  isInLine: boolean;
}

/**
 * Waits, or jobs, in the order in which they came, linked through themselves, so that entering and
 * leaving from anywhere (an abort) cost the same few stores. (A `Set` walks over everything that
 * was deleted from its front, each time.)
 */
export class Line<W extends InLine> {
  first: W | null = null;
  length: number = 0;
  #last: W | null = null;

  enter(wait: W): void {
    wait.isInLine = true;
    wait.nextInLine = null;
    wait.previousInLine = this.#last;
    if (this.#last === null) this.first = wait;
    else this.#last.nextInLine = wait;
    this.#last = wait;
    this.length++;
  }

  /** The one behind another. */
  after(wait: W): W | null {
    return wait.nextInLine as W | null;
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
    wait.isInLine = false;
    this.length--;
    return wait;
  }

  /** Takes one out from anywhere. @returns false when it stood in none */
  remove(wait: W): boolean {
    if (!wait.isInLine) return false;
    const previous = wait.previousInLine as W | null;
    const next = wait.nextInLine as W | null;
    if (previous === null) this.first = next;
    else previous.nextInLine = next;
    if (next === null) this.#last = previous;
    else next.previousInLine = previous;
    wait.previousInLine = null;
    wait.nextInLine = null;
    wait.isInLine = false;
    this.length--;
    return true;
  }
}
