/** Something that will happen at a moment of virtual time. */
export interface Happening {
  readonly atMs: number;
  /** Order among those of the same moment. */
  readonly sequence: number;
  readonly happen: () => void;
}

/** What will happen, ordered by time; a binary heap. */
export class Agenda {
  readonly #heap: Happening[] = [];
  #sequence: number = 0;

  get length(): number {
    return this.#heap.length;
  }

  /** When the next thing happens; Infinity when nothing will. */
  get nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(atMs: number, happen: () => void): void {
    const heap = this.#heap;
    const added: Happening = { atMs, sequence: this.#sequence++, happen };
    let index = heap.push(added) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || isBefore(parent, added)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = added;
  }

  /** Takes the next of what is due. @returns null when nothing is */
  take(nowMs: number): Happening | null {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.atMs > nowMs) return null;
    const last = heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first;
  }

  #sink(moved: Happening): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      const right = heap[childIndex + 1];
      if (child !== undefined && right !== undefined && isBefore(right, child)) {
        childIndex++;
        child = right;
      }
      if (child === undefined || isBefore(moved, child)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = moved;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
