/** Links of what stands in a {@link Line}. */
export interface InLine<W> {
  previousInLine: W | null;
  nextInLine: W | null;
  isInLine: boolean;
}

/**
 * Waits in the order in which they came, linked through themselves, so that leaving costs the same
 * from anywhere. (A `Set` walks over everything that was deleted from its front, each time.)
 */
export class Line<W extends InLine<W>> {
  first: W | null = null;
  #last: W | null = null;

  enter(wait: W): void {
    wait.isInLine = true;
    wait.previousInLine = this.#last;
    wait.nextInLine = null;
    if (this.#last === null) this.first = wait;
    else this.#last.nextInLine = wait;
    this.#last = wait;
  }

  /** Harmless for who stands in none. */
  leave(wait: W): void {
    if (!wait.isInLine) return;
    const { previousInLine: previous, nextInLine: next } = wait;
    if (previous === null) this.first = next;
    else previous.nextInLine = next;
    if (next === null) this.#last = previous;
    else next.previousInLine = previous;
    wait.previousInLine = null;
    wait.nextInLine = null;
    wait.isInLine = false;
  }
}
