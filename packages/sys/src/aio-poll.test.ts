import { expect, test } from "bun:test";
import { expectSuccess, nameOf, Resources } from "../test/sockets.ts";
import { AioPoll } from "./aio-poll.ts";
import {
  controlEpoll,
  createEpoll,
  EPOLL_CTL_ADD,
  EPOLLET,
  EpollEvents,
  EPOLLIN,
  waitEpoll,
} from "./epoll.ts";
import { createEventfd, drainCounter, signalEventfd } from "./eventfd.ts";

const LIMIT_MS = 5000;

/** An epoll set with one eventfd in it, watched into another eventfd. */
class Watched extends Resources {
  readonly source: number = this.descriptor(createEventfd());
  readonly signal: number = this.descriptor(createEventfd());
  readonly epollFd: number = this.descriptor(createEpoll());
  readonly events: EpollEvents = new EpollEvents(4);
  readonly watch: AioPoll;
  readonly #signalEpoll: number = this.descriptor(createEpoll());

  constructor() {
    super();
    controlEpoll(this.epollFd, EPOLL_CTL_ADD, this.source, EPOLLIN | EPOLLET, this.source, 0);
    controlEpoll(this.#signalEpoll, EPOLL_CTL_ADD, this.signal, EPOLLIN, this.signal, 0);
    this.watch = expectSuccess(AioPoll.create(this.epollFd, this.signal));
  }

  /** Waits for the signal: under contention the kernel hands it to a worker of its own. */
  awaitSignal(): void {
    expect(waitEpoll(this.#signalEpoll, this.events, LIMIT_MS)).toBe(1);
    expect(drainCounter(this.signal)).toBe(8);
  }

  override [Symbol.dispose](): void {
    this.watch.close();
    this.events.close();
    super[Symbol.dispose]();
  }
}

test("an armed watch signals once when the epoll set becomes readable", () => {
  using watched = new Watched();
  const { watch, source, signal } = watched;
  expect(watch.arm()).toBe(1);
  expect(watch.arm()).toBe(0);
  expect(nameOf(drainCounter(signal))).toBe("EAGAIN");
  expect(watch.reap()).toBe(false);
  signalEventfd(source);
  watched.awaitSignal();
  expect(watch.armed).toBe(true);
  expect(watch.reap()).toBe(true);
  expect(watch.armed).toBe(false);
  signalEventfd(source);
  expect(nameOf(drainCounter(signal))).toBe("EAGAIN");
});

test("arming while the epoll set is readable signals at once", () => {
  using watched = new Watched();
  signalEventfd(watched.source);
  expect(watched.watch.arm()).toBe(1);
  watched.awaitSignal();
  expect(watched.watch.reap()).toBe(true);
});

test("a completion nobody reaped is taken by the next arm", () => {
  using watched = new Watched();
  watched.watch.arm();
  signalEventfd(watched.source);
  watched.awaitSignal();
  expect(waitEpoll(watched.epollFd, watched.events, 0)).toBe(1);
  expect(watched.watch.arm()).toBe(1);
});

test("thousands of rounds neither fill the kernel's ring nor lose a signal", () => {
  using watched = new Watched();
  for (let round = 0; round < 5000; round++) {
    expect(watched.watch.arm()).toBe(1);
    signalEventfd(watched.source);
    watched.awaitSignal();
    expect(watched.watch.reap()).toBe(true);
    expect(waitEpoll(watched.epollFd, watched.events, 0)).toBe(1);
  }
});

test("closing an armed watch cancels it, which signals a last time", () => {
  using watched = new Watched();
  watched.watch.arm();
  watched.watch.close();
  watched.watch.close();
  expect(drainCounter(watched.signal)).toBe(8);
  signalEventfd(watched.source);
  expect(nameOf(drainCounter(watched.signal))).toBe("EAGAIN");
});

test("watching what is not open fails when armed", () => {
  const watch = expectSuccess(AioPoll.create(-1, -1));
  expect(nameOf(watch.arm())).toBe("EBADF");
  expect(watch.armed).toBe(false);
  watch.close();
});
