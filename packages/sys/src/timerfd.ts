import { libc, orErrno } from "./libc.ts";
import { scratch } from "./scratch.ts";
import { writeTimespec } from "./timespec.ts";

const CLOCK_MONOTONIC = 1;
const TFD_NONBLOCK = 0o4000;
const TFD_CLOEXEC = 0o2000000;
const TFD_TIMER_ABSTIME = 1;
/** The kernel takes a time of 0 as "disarm". */
const ONE_NANOSECOND_MS = 1e-6;
const VALUE_WORD = 4;
const SETTING_WORDS = 8;

/**
 * A timer on the monotonic clock whose descriptor becomes readable when it expires; it neither
 * blocks nor survives exec: timerfd_create(2). Take its expiry with `drainCounter`. Descriptor or
 * `-errno`.
 */
export function createTimerfd(): number {
  return orErrno(libc().timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
}

/**
 * Arms the timer once, `delayMs` from now (fractions count), instead of whatever it was armed for.
 * A delay of 0 or less expires at once: timerfd_settime(2).
 */
export function armTimerfd(fd: number, delayMs: number): number {
  return setTimer(fd, 0, Math.max(delayMs, ONE_NANOSECOND_MS));
}

/**
 * Arms the timer once for a time in milliseconds on `CLOCK_MONOTONIC`; the past expires at once.
 */
export function armTimerfdAt(fd: number, monotonicMs: number): number {
  return setTimer(fd, TFD_TIMER_ABSTIME, Math.max(monotonicMs, ONE_NANOSECOND_MS));
}

/** Stops the timer, and forgets an expiry that nobody has read yet. */
export function disarmTimerfd(fd: number): number {
  return setTimer(fd, 0, 0);
}

function setTimer(fd: number, flags: number, milliseconds: number): number {
  const { address, words } = scratch();
  // struct itimerspec: the interval, 0 for a timer that expires once, then the first expiry.
  words.fill(0, 0, SETTING_WORDS);
  writeTimespec(words, VALUE_WORD, milliseconds);
  return orErrno(libc().timerfd_settime(fd, flags, address, 0));
}
