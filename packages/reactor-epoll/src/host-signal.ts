import { InvariantError, type DriverCounters, type HostWatcher } from "@bascule/core";
import { AioPoll, drainCounter, signalEventfd, watchWithThread } from "@bascule/sys";
import type { OwnDescriptors } from "./own-descriptors.ts";

/**
 * Makes `hostFd` readable when the epoll set has an event. The kernel does so by itself: a one-shot
 * Linux AIO poll (io_submit(2), `IOCB_CMD_POLL`) on the epoll descriptor signals the eventfd. Where
 * there is no AIO a helper thread waits on the epoll descriptor.
 */
export class HostSignal {
  readonly #own: OwnDescriptors;
  readonly #counters: DriverCounters;
  readonly #poll: AioPoll | null;
  #thread: HostWatcher | null = null;

  constructor(own: OwnDescriptors, counters: DriverCounters, withAio: boolean) {
    this.#own = own;
    this.#counters = counters;
    const poll = withAio ? AioPoll.create(own.epollFd, own.hostFd) : null;
    this.#poll = typeof poll === "number" ? null : poll;
  }

  /** Whether the kernel signals by itself. */
  get isNative(): boolean {
    return this.#poll !== null;
  }

  /**
   * From here on an event in the epoll set makes `hostFd` readable.
   * @returns false when there is an event already
   */
  arm(): boolean {
    const poll = this.#poll;
    if (poll === null) return this.#startThread();
    // A poll that is armed still costs nothing: only one that has fired is armed again.
    if (poll.armed && !poll.reap()) return true;
    this.#counters.systemCalls++;
    const result = poll.arm();
    if (result < 0) throw new InvariantError(`The host signal cannot be armed: errno ${-result}`);
    if (!poll.reap()) return true;
    this.#clear();
    return false;
  }

  /** Makes `hostFd` readable by hand. */
  raise(): void {
    this.#counters.systemCalls++;
    signalEventfd(this.#own.hostFd);
  }

  /** Takes a signal back that nobody has seen. */
  #clear(): void {
    this.#counters.systemCalls++;
    drainCounter(this.#own.hostFd);
  }

  close(): void {
    this.#poll?.close();
    this.#thread?.close();
    this.#thread = null;
  }

  #startThread(): boolean {
    if (this.#thread === null) {
      this.#thread = watchWithThread(this.#own.epollFd, () => this.raise());
      // Whoever watches `hostFd` decides whether the process stays alive.
      this.#thread.unref();
    }
    return true;
  }
}
