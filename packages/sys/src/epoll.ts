import { ENOSYS, EPERM } from "./errno.ts";
import { libc, orErrno } from "./libc.ts";
import { mapMemory, type MappedMemory } from "./memory.ts";
import { scratch } from "./scratch.ts";
import { writeTimespec } from "./timespec.ts";

export const EPOLLIN = 0x1;
export const EPOLLPRI = 0x2;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLEXCLUSIVE = 0x10000000;
export const EPOLLONESHOT = 0x40000000;
/** Bit 31, and so negative: event masks here are signed words, as they are in the typed array. */
export const EPOLLET: number = 1 << 31;

export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;

// struct epoll_event is packed to 12 bytes on x86-64 and padded to 16 everywhere else.
const PACKED = process.arch === "x64";
/** Words from one event to the next in {@link EpollEvents.words}. */
export const EPOLL_EVENT_WORDS: number = PACKED ? 3 : 4;
/** Word of an event that holds the low half of its data; the high half is in the next word. */
export const EPOLL_DATA_WORD: number = PACKED ? 1 : 2;

const EPOLL_CLOEXEC = 0o2000000;
const SYS_EPOLL_PWAIT2 = 441;
const TIMESPEC_AT = 64;
const TIMEOUT_MS_MAX = 0x7fffffff;

/**
 * The array that epoll_wait(2) fills. Event `index` begins at word `index * EPOLL_EVENT_WORDS`: its
 * mask is in that word, its data (by our convention the descriptor, then the generation) at
 * `EPOLL_DATA_WORD` behind it.
 */
export class EpollEvents {
  readonly capacity: number;
  readonly words: Int32Array;
  readonly address: number;
  readonly #memory: MappedMemory;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#memory = mapMemory(capacity * EPOLL_EVENT_WORDS * 4);
    this.words = new Int32Array(this.#memory.buffer);
    this.address = this.#memory.address;
  }

  eventsAt(index: number): number {
    return this.words[index * EPOLL_EVENT_WORDS]!;
  }

  descriptorAt(index: number): number {
    return this.words[index * EPOLL_EVENT_WORDS + EPOLL_DATA_WORD]!;
  }

  generationAt(index: number): number {
    return this.words[index * EPOLL_EVENT_WORDS + EPOLL_DATA_WORD + 1]!;
  }

  close(): void {
    this.#memory.unmap();
  }
}

/** An epoll set that is closed on exec: epoll_create1(2). Returns the descriptor or `-errno`. */
export function createEpoll(): number {
  return orErrno(libc().epoll_create1(EPOLL_CLOEXEC));
}

/**
 * Adds, changes or removes a descriptor: epoll_ctl(2). `dataLow` and `dataHigh` come back with
 * every event: the descriptor and its generation.
 */
export function controlEpoll(
  epollFd: number,
  operation: number,
  fd: number,
  events: number,
  dataLow: number,
  dataHigh: number,
): number {
  const { address, words } = scratch();
  words[0] = events;
  words[EPOLL_DATA_WORD] = dataLow;
  words[EPOLL_DATA_WORD + 1] = dataHigh;
  return orErrno(libc().epoll_ctl(epollFd, operation, fd, address));
}

let preciseWaits = true;

/**
 * Waits for events: epoll_wait(2), or epoll_pwait2(2) when the time-out has a fraction, so that
 * sub-millisecond timers are honoured. Before Linux 5.11, or where a filter forbids that call, a
 * fraction is rounded up.
 *
 * @param timeoutMs 0 does not wait; Infinity waits for an event
 * @returns the number of events now in `into`, or `-errno` (`-EINTR` when a signal came)
 */
export function waitEpoll(epollFd: number, into: EpollEvents, timeoutMs: number): number {
  if (timeoutMs <= 0) return orErrno(libc().epoll_wait(epollFd, into.address, into.capacity, 0));
  if (timeoutMs > TIMEOUT_MS_MAX) {
    const forever = timeoutMs === Infinity ? -1 : TIMEOUT_MS_MAX;
    return orErrno(libc().epoll_wait(epollFd, into.address, into.capacity, forever));
  }
  if (preciseWaits && !Number.isInteger(timeoutMs)) {
    const result = waitPrecisely(epollFd, into, timeoutMs);
    // A filter that does not know the call says EPERM.
    if (result !== -ENOSYS && result !== -EPERM) return result;
    preciseWaits = false;
  }
  const wholeMs = Math.ceil(timeoutMs);
  return orErrno(libc().epoll_wait(epollFd, into.address, into.capacity, wholeMs));
}

function waitPrecisely(epollFd: number, into: EpollEvents, timeoutMs: number): number {
  const { address, words } = scratch();
  writeTimespec(words, TIMESPEC_AT / 4, timeoutMs);
  const timespec = address + TIMESPEC_AT;
  return orErrno(
    libc().syscall(SYS_EPOLL_PWAIT2, epollFd, into.address, into.capacity, timespec, 0, 0),
  );
}
