import { EMFILE } from "../errno.ts";
import type { DatagramSocket } from "../network/datagram-socket.ts";
import type { Socket } from "../network/socket.ts";
import type { OpenFile } from "./open-file.ts";

type AnySocket = Socket | DatagramSocket;

/** Standard input, output and error. */
const FIRST = 3;

/**
 * The descriptors of one host. As Linux does, a new one gets the lowest free number, so that a
 * number is used again at once.
 */
export class DescriptorTable {
  readonly #entries: (AnySocket | OpenFile | null)[] = [];
  readonly #numbers: Map<AnySocket, number> = new Map();
  readonly #max: number;

  /** @param max how many may be open at once */
  constructor(max: number) {
    this.#max = max;
  }

  get openCount(): number {
    return this.#entries.reduce((sum, entry) => sum + (entry === null ? 0 : 1), 0);
  }

  get(fd: number): AnySocket | OpenFile | null {
    return this.#entries[fd - FIRST] ?? null;
  }

  /** The number of an open socket, or -1. */
  numberOf(socket: AnySocket): number {
    return this.#numbers.get(socket) ?? -1;
  }

  /** @param isSocket tells the two apart without a look at their class */
  add(entry: AnySocket | OpenFile, isSocket: boolean): number {
    const free = this.#entries.indexOf(null);
    const index = free < 0 ? this.#entries.length : free;
    if (index >= this.#max) return -EMFILE;
    this.#entries[index] = entry;
    if (isSocket) this.#numbers.set(entry as AnySocket, index + FIRST);
    return index + FIRST;
  }

  /** Whether another descriptor may be opened. */
  get hasRoom(): boolean {
    return this.#entries.length < this.#max || this.#entries.includes(null);
  }

  remove(fd: number): AnySocket | OpenFile | null {
    const entry = this.get(fd);
    if (entry === null) return null;
    this.#entries[fd - FIRST] = null;
    this.#numbers.delete(entry as AnySocket);
    return entry;
  }

  *sockets(): Generator<AnySocket> {
    yield* this.#numbers.keys();
  }
}
