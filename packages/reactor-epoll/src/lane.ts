import type { Interest } from "./interest.ts";
import { OperationFifo } from "./operation-fifo.ts";

/**
 * One direction of one descriptor: the operations that wait for it in order, and what is known of
 * its readiness. A lane is what gets scheduled; the operation at its head is what gets attempted.
 */
export class Lane extends OperationFifo {
  readonly interest: Interest;
  /** The epoll bit that says this direction is ready. */
  readonly bit: number;
  /**
   * Whether an attempt may succeed: true until one finds out otherwise, true again from the next
   * edge on. It is false only while the descriptor is registered for `bit`, so that there will be
   * an edge.
   */
  ready: boolean = true;
  /** The list this lane is in. Only a lane with an operation is in one. */
  list: LaneList | null = null;
  previous: Lane | null = null;
  next: Lane | null = null;

  constructor(interest: Interest, bit: number) {
    super();
    this.interest = interest;
    this.bit = bit;
  }
}

/** Doubly linked list of lanes; a lane is in at most one list, and leaves it from any place. */
export class LaneList {
  size: number = 0;
  first: Lane | null = null;
  #last: Lane | null = null;

  append(lane: Lane): void {
    lane.list = this;
    lane.previous = this.#last;
    lane.next = null;
    if (this.#last === null) this.first = lane;
    else this.#last.next = lane;
    this.#last = lane;
    this.size++;
  }

  shift(): Lane | null {
    const lane = this.first;
    if (lane !== null) this.remove(lane);
    return lane;
  }

  remove(lane: Lane): void {
    const { previous, next } = lane;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    lane.list = null;
    lane.previous = null;
    lane.next = null;
    this.size--;
  }
}
