import type { Operation } from "@bascule/core";

/**
 * First-in-first-out queue of operations, linked through `operation.next` so that queueing
 * allocates nothing. An operation is in at most one of these at a time.
 */
export class OperationFifo {
  head: Operation | null = null;
  tail: Operation | null = null;

  append(operation: Operation): void {
    operation.next = null;
    const tail = this.tail;
    if (tail === null) this.head = operation;
    else tail.next = operation;
    this.tail = operation;
  }

  /** Unlinks the first operation; nothing happens when there is none. */
  removeHead(): void {
    const head = this.head;
    if (head === null) return;
    this.head = head.next;
    if (this.head === null) this.tail = null;
    head.next = null;
  }

  /**
   * Unlinks an operation wherever it is. A descriptor rarely has more than one operation of a
   * direction, so that this walk is short.
   */
  remove(operation: Operation): boolean {
    let previous: Operation | null = null;
    let current = this.head;
    while (current !== null && current !== operation) {
      previous = current;
      current = current.next;
    }
    if (current === null) return false;
    if (previous === null) this.head = current.next;
    else previous.next = current.next;
    if (this.tail === current) this.tail = previous;
    current.next = null;
    return true;
  }

  /**
   * Empties the queue and gives its chain, to be walked through `next`. What is appended meanwhile
   * waits for the next time, so that a listener that submits again cannot keep a walk going for
   * ever.
   */
  takeAll(): Operation | null {
    const head = this.head;
    this.head = null;
    this.tail = null;
    return head;
  }
}
