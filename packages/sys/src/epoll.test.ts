import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { frameOf, nameOf, Resources } from "../test/sockets.ts";
import {
  controlEpoll,
  createEpoll,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EpollEvents,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  waitEpoll,
} from "./epoll.ts";
import { createEventfd, drainCounter, signalEventfd } from "./eventfd.ts";
import { send } from "./operations/send.ts";

const events = new EpollEvents(8);
let resources: Resources;
let epollFd: number;

beforeAll(() => {
  resources = new Resources();
  epollFd = resources.descriptor(createEpoll());
});

afterAll(() => {
  resources[Symbol.dispose]();
  events.close();
});

describe("registrations", () => {
  test("an event carries its mask and both words of its data", () => {
    const { first } = resources.socketPair();
    expect(controlEpoll(epollFd, EPOLL_CTL_ADD, first, EPOLLOUT, first, 0x7fffffff)).toBe(0);
    expect(waitEpoll(epollFd, events, 0)).toBe(1);
    expect(events.eventsAt(0)).toBe(EPOLLOUT);
    expect(events.descriptorAt(0)).toBe(first);
    expect(events.generationAt(0)).toBe(0x7fffffff);
    expect(controlEpoll(epollFd, EPOLL_CTL_DEL, first, 0, 0, 0)).toBe(0);
    expect(waitEpoll(epollFd, events, 0)).toBe(0);
  });

  test("several events come in one wait, each with its own data", () => {
    const pairs = [resources.socketPair(), resources.socketPair(), resources.socketPair()];
    for (const [index, { first }] of pairs.entries()) {
      controlEpoll(epollFd, EPOLL_CTL_ADD, first, EPOLLOUT, first, index);
    }
    expect(waitEpoll(epollFd, events, 0)).toBe(3);
    const seen = [0, 1, 2].map((at) => [events.descriptorAt(at), events.generationAt(at)]);
    const expected = pairs.map(({ first }, index) => [first, index]);
    expect(new Set(seen.map(String))).toEqual(new Set(expected.map(String)));
    for (const { first } of pairs) controlEpoll(epollFd, EPOLL_CTL_DEL, first, 0, 0, 0);
  });

  test("edge-triggered readiness is told once until something new happens", () => {
    const { first, second } = resources.socketPair();
    const memory = resources.memory();
    const sending = frameOf({ fd: second, address: memory.address, length: 1 });
    controlEpoll(epollFd, EPOLL_CTL_ADD, first, EPOLLIN | EPOLLRDHUP | EPOLLET, first, 0);
    send.attempt(sending);
    expect(waitEpoll(epollFd, events, 0)).toBe(1);
    expect(waitEpoll(epollFd, events, 0)).toBe(0);
    send.attempt(sending);
    expect(waitEpoll(epollFd, events, 0)).toBe(1);
    resources.close(second);
    expect(waitEpoll(epollFd, events, 0)).toBe(1);
    expect(events.eventsAt(0)).toBe(EPOLLIN | EPOLLRDHUP | EPOLLHUP);
    resources.close(first);
  });

  test("failures are -errno", () => {
    const { first } = resources.socketPair();
    expect(nameOf(controlEpoll(epollFd, EPOLL_CTL_MOD, first, EPOLLIN, 0, 0))).toBe("ENOENT");
    expect(nameOf(controlEpoll(epollFd, EPOLL_CTL_ADD, -1, EPOLLIN, 0, 0))).toBe("EBADF");
    controlEpoll(epollFd, EPOLL_CTL_ADD, first, EPOLLIN, 0, 0);
    expect(nameOf(controlEpoll(epollFd, EPOLL_CTL_ADD, first, EPOLLIN, 0, 0))).toBe("EEXIST");
    expect(nameOf(waitEpoll(first, events, 0))).toBe("EINVAL");
  });
});

describe("waiting", () => {
  test("a wait without an event lasts at least its time, fractions included", () => {
    for (const timeoutMs of [0.2, 1, 1.5, 3]) {
      const started = performance.now();
      expect(waitEpoll(epollFd, events, timeoutMs)).toBe(0);
      expect(performance.now() - started).toBeGreaterThanOrEqual(timeoutMs);
    }
  });

  test("a wait without limit, or one of weeks, ends with the event", () => {
    const eventFd = resources.descriptor(createEventfd());
    controlEpoll(epollFd, EPOLL_CTL_ADD, eventFd, EPOLLIN, eventFd, 0);
    signalEventfd(eventFd);
    for (const timeoutMs of [Infinity, 2 ** 40, 2 ** 31 - 1.5]) {
      expect(waitEpoll(epollFd, events, timeoutMs)).toBe(1);
    }
    controlEpoll(epollFd, EPOLL_CTL_DEL, eventFd, 0, 0, 0);
  });
});

test("an eventfd is readable from its signal until it is drained", () => {
  const eventFd = resources.descriptor(createEventfd());
  expect(nameOf(drainCounter(eventFd))).toBe("EAGAIN");
  expect(signalEventfd(eventFd)).toBe(8);
  expect(signalEventfd(eventFd)).toBe(8);
  expect(drainCounter(eventFd)).toBe(8);
  expect(nameOf(drainCounter(eventFd))).toBe("EAGAIN");
  expect(nameOf(signalEventfd(-1))).toBe("EBADF");
});
