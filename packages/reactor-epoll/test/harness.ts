import type { DriverOptions } from "@bascule/core";
import {
  closeDescriptor,
  controlEpoll,
  createEpoll,
  EINTR,
  EPOLL_CTL_ADD,
  EpollEvents,
  EPOLLIN,
  waitEpoll,
} from "@bascule/sys";
import { DriverBench, must } from "@bascule/test-support";
import { EpollDriver } from "../src/index.ts";

/** A reactor with what a test opened on it. */
export class Bench extends DriverBench<EpollDriver> {
  constructor(options: DriverOptions = {}) {
    super(() => new EpollDriver(options));
  }

  /** Turns without waiting until a turn has nothing to deliver. */
  settle(): void {
    for (let turns = 0; this.driver.turn(0) > 0; turns++) {
      if (turns > 100_000) throw new Error("It does not settle");
    }
  }
}

/** Whether a descriptor becomes readable within a time. */
export function becomesReadable(fd: number, timeoutMs: number): boolean {
  const epollFd = must(createEpoll());
  const events = new EpollEvents(1);
  must(controlEpoll(epollFd, EPOLL_CTL_ADD, fd, EPOLLIN, fd, 0));
  let count = waitEpoll(epollFd, events, timeoutMs);
  while (count === -EINTR) count = waitEpoll(epollFd, events, timeoutMs);
  events.close();
  closeDescriptor(epollFd);
  return count === 1;
}
