import { expect, test } from "bun:test";
import { nameOf, Resources } from "../test/sockets.ts";
import {
  controlEpoll,
  createEpoll,
  EPOLL_CTL_ADD,
  EpollEvents,
  EPOLLIN,
  waitEpoll,
} from "./epoll.ts";
import { drainCounter } from "./eventfd.ts";
import { writeTimespec } from "./timespec.ts";
import { armTimerfd, armTimerfdAt, createTimerfd, disarmTimerfd } from "./timerfd.ts";

const LIMIT_MS = 5000;

/** Arms the timer, waits for it, and says how long that took. */
function measure(arm: (fd: number) => number): number {
  using resources = new Resources();
  const events = new EpollEvents(1);
  const epollFd = resources.descriptor(createEpoll());
  const fd = resources.descriptor(createTimerfd());
  controlEpoll(epollFd, EPOLL_CTL_ADD, fd, EPOLLIN, fd, 0);
  const started = performance.now();
  expect(arm(fd)).toBe(0);
  expect(waitEpoll(epollFd, events, LIMIT_MS)).toBe(1);
  const elapsed = performance.now() - started;
  expect(drainCounter(fd)).toBe(8);
  events.close();
  return elapsed;
}

test("a timer expires after its delay and not before, below a millisecond too", () => {
  for (const delayMs of [0.1, 0.75, 2]) {
    const elapsed = measure((fd) => armTimerfd(fd, delayMs));
    expect(elapsed).toBeGreaterThanOrEqual(delayMs);
    expect(elapsed).toBeLessThan(LIMIT_MS / 2);
  }
});

test("a delay that is over, and a time that is past, expire at once", () => {
  expect(measure((fd) => armTimerfd(fd, 0))).toBeLessThan(LIMIT_MS / 2);
  expect(measure((fd) => armTimerfd(fd, -5))).toBeLessThan(LIMIT_MS / 2);
  expect(measure((fd) => armTimerfdAt(fd, 1))).toBeLessThan(LIMIT_MS / 2);
});

test("arming again replaces the time, and disarming forgets it", () => {
  using resources = new Resources();
  const events = new EpollEvents(1);
  const epollFd = resources.descriptor(createEpoll());
  const fd = resources.descriptor(createTimerfd());
  controlEpoll(epollFd, EPOLL_CTL_ADD, fd, EPOLLIN, fd, 0);
  armTimerfd(fd, 0);
  armTimerfd(fd, 1e12);
  expect(waitEpoll(epollFd, events, 0)).toBe(0);
  armTimerfd(fd, 0);
  expect(waitEpoll(epollFd, events, LIMIT_MS)).toBe(1);
  expect(disarmTimerfd(fd)).toBe(0);
  expect(waitEpoll(epollFd, events, 0)).toBe(0);
  expect(nameOf(drainCounter(fd))).toBe("EAGAIN");
  expect(nameOf(armTimerfd(epollFd, 1))).toBe("EINVAL");
  events.close();
});

test("a timespec never ends before the time in milliseconds that it was made from", () => {
  const words = new Int32Array(new ArrayBuffer(16));
  const cases: [number, number, number][] = [
    [0, 0, 0],
    [0.1, 0, 100_001],
    [1, 0, 1_000_000],
    [999.9999999, 0, 999_999_999],
    [1500.25, 1, 500_250_000],
    [Infinity, 0x7fffffff, 999_999_999],
  ];
  for (const [milliseconds, seconds, nanoseconds] of cases) {
    writeTimespec(words, 0, milliseconds);
    expect(words[0]).toBe(seconds);
    expect(Math.abs((words[2] ?? 0) - nanoseconds)).toBeLessThanOrEqual(1);
    expect([words[1], words[3]]).toEqual([0, 0]);
  }
});
