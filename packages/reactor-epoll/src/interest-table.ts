import { InvariantError } from "@bascule/core";
import {
  controlEpoll,
  EEXIST,
  EPOLL_CTL_ADD,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
} from "@bascule/sys";
import type { DriverCounters } from "@bascule/core";
import { Interest } from "./interest.ts";
import type { Lane } from "./lane.ts";

/**
 * Always watched: these cost nothing while nothing happens, and tell when a read must go to the
 * end.
 */
const ALWAYS = EPOLLET | EPOLLRDHUP | EPOLLPRI;

/**
 * The descriptors of an epoll set, by number. Registration is edge-triggered and lazy: a descriptor
 * whose operations complete at the first attempt is never registered, and one that never had to
 * wait for room to send is not woken for it (a Unix socket reports room at every message its peer
 * reads).
 */
export class InterestTable {
  readonly #epollFd: number;
  readonly #counters: DriverCounters;
  readonly #interests: (Interest | null)[] = [];

  constructor(epollFd: number, counters: DriverCounters) {
    this.#epollFd = epollFd;
    this.#counters = counters;
  }

  /** The interest of a descriptor number, made on first use. */
  of(fd: number): Interest {
    return this.#interests[fd] ?? this.#make(fd);
  }

  /**
   * The interest that an event names, or null when the number has gone to another descriptor since.
   */
  find(fd: number, generation: number): Interest | null {
    const interest = this.#interests[fd];
    return interest?.generation === generation ? interest : null;
  }

  /**
   * Makes sure that an edge of this direction will be reported; one that came earlier is reported
   * too. A first wait for room to send is that of a connect, after which reading nearly always
   * follows, so that both directions are registered in one call.
   * @returns 0 or `-errno` of epoll_ctl(2): EPERM for a descriptor without readiness (a regular
   *   file), ENOSPC beyond `fs.epoll.max_user_watches`, ENOMEM
   */
  register(lane: Lane): number {
    const { interest } = lane;
    const known = interest.registered;
    if ((known & lane.bit) !== 0) return 0;
    const wanted = known === 0 && lane.bit === EPOLLIN ? EPOLLIN : EPOLLIN | EPOLLOUT;
    let result = this.#control(known === 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, interest, wanted);
    // The open file is in the set already: its number came back without having been closed here.
    if (result === -EEXIST) result = this.#control(EPOLL_CTL_MOD, interest, wanted);
    if (result < 0) return result;
    interest.registered = wanted;
    return 0;
  }

  /**
   * Forgets a descriptor that is being closed: close(2) takes it out of the epoll set by itself.
   */
  forget(fd: number): void {
    const interest = this.#interests[fd];
    if (interest === undefined || interest === null) return;
    if (interest.readLane.head !== null || interest.writeLane.head !== null) {
      throw new InvariantError(`Descriptor ${fd} is closed while operations wait for it`);
    }
    interest.generation = (interest.generation + 1) | 0;
    interest.registered = 0;
    interest.readsToTheEnd = false;
    interest.readLane.ready = true;
    interest.writeLane.ready = true;
  }

  #make(fd: number): Interest {
    // Descriptor numbers are dense: without gaps the array stays a plain one.
    while (this.#interests.length <= fd) this.#interests.push(null);
    const interest = new Interest(fd);
    this.#interests[fd] = interest;
    return interest;
  }

  #control(how: number, interest: Interest, directions: number): number {
    this.#counters.systemCalls++;
    const { fd, generation } = interest;
    return controlEpoll(this.#epollFd, how, fd, directions | ALWAYS, fd, generation);
  }
}
