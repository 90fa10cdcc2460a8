import type { Operation } from "@bascule/core";

/**
 * Operations in a line, linked through `Operation.next`, which belongs to the driver. An operation
 * is in one line at most; which one, its `driverState` says.
 */
export class OperationQueue {
  length: number = 0;
  #first: Operation | null = null;
  #last: Operation | null = null;

  push(operation: Operation): void {
    operation.next = null;
    if (this.#last === null) this.#first = operation;
    else this.#last.next = operation;
    this.#last = operation;
    this.length++;
  }

  shift(): Operation | null {
    const first = this.#first;
    if (first === null) return null;
    this.#first = first.next;
    if (this.#first === null) this.#last = null;
    first.next = null;
    this.length--;
    return first;
  }

  /**
   * Takes an operation out of the middle, by walking; lines are short when operations are
   * cancelled.
   */
  remove(operation: Operation): boolean {
    let previous: Operation | null = null;
    for (let each = this.#first; each !== null; each = each.next) {
      if (each === operation) {
        this.#unlink(previous, operation);
        return true;
      }
      previous = each;
    }
    return false;
  }

  #unlink(previous: Operation | null, operation: Operation): void {
    if (previous === null) this.#first = operation.next;
    else previous.next = operation.next;
    if (this.#last === operation) this.#last = previous;
    operation.next = null;
    this.length--;
  }
}
