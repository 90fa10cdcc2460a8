import { libc, orErrno } from "./libc.ts";
import { mapMemory } from "./memory.ts";

const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;
const COUNTER_BYTES = 8;

/** Addresses of an eventfd's 64-bit counter: a constant 1 to write, and somewhere to read into. */
interface CounterMemory {
  readonly one: number;
  readonly sink: number;
}

let memory: CounterMemory | undefined;

/**
 * An eventfd that neither blocks nor survives exec: eventfd(2). Returns the descriptor or `-errno`.
 */
export function createEventfd(): number {
  return orErrno(libc().eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

/**
 * Adds 1 to an eventfd's counter, which makes it readable. `-EAGAIN` means that the counter is
 * full, and so that the eventfd is readable already.
 */
export function signalEventfd(fd: number): number {
  const { one } = memory ?? counterMemory();
  return orErrno(libc().write(fd, one, COUNTER_BYTES));
}

/** Takes an eventfd's or a timerfd's counter back to 0: 8, or `-EAGAIN` when it was 0 already. */
export function drainCounter(fd: number): number {
  const { sink } = memory ?? counterMemory();
  return orErrno(libc().read(fd, sink, COUNTER_BYTES));
}

function counterMemory(): CounterMemory {
  const mapping = mapMemory(2 * COUNTER_BYTES);
  mapping.bytes[0] = 1;
  memory = { one: mapping.address, sink: mapping.address + COUNTER_BYTES };
  return memory;
}
