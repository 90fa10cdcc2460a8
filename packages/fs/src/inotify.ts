import { Descriptor, type Runtime, type WaitOptions } from "@bascule/core";
import {
  addInotifyWatch,
  createInotify,
  ENOSYS,
  decodeInotifyEvents,
  type InotifyEvent,
  read,
} from "@bascule/sys";
import { fileError } from "./errors.ts";
import { perform } from "./perform.ts";

const EVENT_BYTES = 4096;

/** An inotify(7) descriptor: what happens to the paths it watches. */
export class Inotify {
  readonly #runtime: Runtime;
  readonly #descriptor: Descriptor;
  /** What was read for somebody who did not wait for it any more. */
  #unclaimed: InotifyEvent[] = [];

  /** @throws SystemError `EMFILE` when the user has too many of them */
  constructor(runtime: Runtime) {
    const fd = runtime.driver.system === undefined ? createInotify() : -ENOSYS;
    if (fd < 0) throw fileError(runtime, "inotify_init1", fd);
    this.#runtime = runtime;
    this.#descriptor = new Descriptor(fd);
  }

  /** Watches the path at an address. @returns a number for it, or `-errno` */
  add(pathAddress: number, mask: number): number {
    return addInotifyWatch(this.#descriptor.fd, pathAddress, mask);
  }

  /**
   * Waits until something has happened. An abort loses nothing of it.
   * @returns the events, or `-errno`: `-ECANCELED` when it was closed meanwhile
   */
  async next(options: WaitOptions | undefined): Promise<InotifyEvent[] | number> {
    const unclaimed = this.#unclaimed;
    this.#unclaimed = [];
    if (unclaimed.length > 0) return unclaimed;
    const { sendPool } = this.#runtime.driver;
    const descriptor = this.#descriptor;
    const block = sendPool.take(EVENT_BYTES);
    const discard = (result: number): void => {
      this.#unclaimed = decodeInotifyEvents(block.bytes, result);
    };
    try {
      const { address } = block;
      const frame = { fd: descriptor.fd, address, length: EVENT_BYTES, offset: 0, flags: 0 };
      const result = await perform(this.#runtime, read, frame, { descriptor, options, discard });
      return result < 0 ? result : decodeInotifyEvents(block.bytes, result);
    } finally {
      sendPool.give(block);
    }
  }

  /** Ends the watches, and a `next` that waits. Harmless the second time. */
  close(): void {
    this.#runtime.driver.ledger.close(this.#descriptor);
    this.#runtime.schedule();
  }
}
