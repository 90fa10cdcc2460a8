import { Worker } from "node:worker_threads";
import { closeDescriptor, duplicateDescriptor } from "./descriptors.ts";
import { createEventfd, signalEventfd } from "./eventfd.ts";
import { systemError } from "./system-error.ts";
import { OWNER_TURN, STOPPED, WORKER_TURN, type WatchSetup } from "./watch-protocol.ts";

/** A running watch. It keeps the process alive while it is referenced, which it is at first. */
export interface ThreadWatch {
  ref(): void;
  unref(): void;
  /** Ends the thread, which takes a moment; `onReadable` is not called any more. */
  close(): void;
}

/**
 * Watches a descriptor from a helper thread that blocks in poll(2), for a host whose event loop
 * cannot watch it. Each time that the descriptor is readable, `onReadable` is called on this thread
 * and should drain it; the helper thread polls again when it has returned. The descriptor may be
 * closed at any time after `close`: the thread works on a duplicate.
 *
 * @throws {Error} in Node's shape when the descriptor is not open, or there is no descriptor to
 *   spare
 */
export function watchWithThread(fd: number, onReadable: () => void): ThreadWatch {
  const watchedFd = duplicateDescriptor(fd);
  if (watchedFd < 0) throw systemError("fcntl", watchedFd);
  const stopFd = createEventfd();
  if (stopFd < 0) {
    closeDescriptor(watchedFd);
    throw systemError("eventfd", stopFd);
  }
  return new Watch({ watchedFd, stopFd, turns: sharedWord() }, onReadable);
}

class Watch implements ThreadWatch {
  readonly #setup: WatchSetup;
  readonly #worker: Worker;
  readonly #onReadable: () => void;

  constructor(setup: WatchSetup, onReadable: () => void) {
    this.#setup = setup;
    this.#onReadable = onReadable;
    this.#worker = new Worker(new URL("./watch-worker.ts", import.meta.url), {
      workerData: setup,
    });
    this.#worker.on("message", () => this.#wake());
    // Only now does the thread no longer use the descriptors.
    this.#worker.on("exit", () => {
      closeDescriptor(setup.watchedFd);
      closeDescriptor(setup.stopFd);
    });
  }

  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
  }

  close(): void {
    const { stopFd, turns } = this.#setup;
    if (Atomics.exchange(turns, 0, STOPPED) === STOPPED) return;
    Atomics.notify(turns, 0);
    signalEventfd(stopFd);
  }

  #wake(): void {
    const { turns } = this.#setup;
    if (Atomics.load(turns, 0) !== OWNER_TURN) return;
    try {
      this.#onReadable();
    } finally {
      Atomics.compareExchange(turns, 0, OWNER_TURN, WORKER_TURN);
      Atomics.notify(turns, 0);
    }
  }
}

function sharedWord(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}
