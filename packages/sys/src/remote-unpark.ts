import { type ClientSignals, withdraw } from "./client-signals.ts";

const WORDS = 2;

/** What lets other threads unpark a driver for as long as it lives. */
export interface RemoteUnpark {
  /** The module that the other thread imports. */
  readonly module: string;
  /** What its default export is given there. */
  readonly data: unknown;
  /** After this nobody unparks the driver any more, and it may be destroyed. */
  close(): void;
}

/**
 * Lets other threads unpark a driver: the default export of `module` makes of `data` a function
 * that writes to `wakeFd`, as eventfd(2) has it, until `close` here.
 * @param wakeFd a non-blocking eventfd, or the writing end of a pipe
 */
export function openRemoteUnpark(wakeFd: number): RemoteUnpark {
  const memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
  const signals = signalsOf(memory);
  Atomics.store(signals.wakeFds, 0, wakeFd);
  return {
    module: new URL("./remote-unpark-thread.ts", import.meta.url).href,
    data: memory,
    close: () => withdraw(signals, 0),
  };
}

/** The one client of the shared words, as both threads see it. */
export function signalsOf(memory: SharedArrayBuffer): ClientSignals {
  return { wakeFds: new Int32Array(memory, 0, 1), signalling: new Int32Array(memory, 4, 1) };
}
