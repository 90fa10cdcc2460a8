import { EPOLLIN, EPOLLOUT } from "@bascule/sys";
import { Lane } from "./lane.ts";

/** What the driver knows about one descriptor number, through all the descriptors that get it. */
export class Interest {
  readonly fd: number;
  /**
   * Counts the descriptors that had this number, so that a late event of an earlier one is known.
   */
  generation: number = 0;
  /** The directions that the epoll set watches; 0 while the descriptor is not registered. */
  registered: number = 0;
  /**
   * A hang-up, an error or urgent data was reported: from now on a short read does not mean that
   * nothing is left, because the end (or what follows the urgent mark) makes no edge of its own.
   */
  readsToTheEnd: boolean = false;
  readonly readLane: Lane = new Lane(this, EPOLLIN);
  readonly writeLane: Lane = new Lane(this, EPOLLOUT);

  constructor(fd: number) {
    this.fd = fd;
  }
}
