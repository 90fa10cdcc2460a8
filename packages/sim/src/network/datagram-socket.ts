import type { SystemAddress } from "@bascule/core";
import type { Direction } from "./socket.ts";
import { isWildcard, unmapped } from "./socket-address.ts";

/** What of a socket's buffer a datagram takes up beside its bytes, and how large that is. */
const DATAGRAM_BYTES = 768;
const BUFFER_BYTES = 212_992;

export type InternetAddress = Extract<SystemAddress, { port: number }>;

/** A datagram that has arrived. */
export interface Arrived {
  readonly bytes: Uint8Array;
  readonly from: InternetAddress;
}

/** A UDP socket of a simulated host. */
export class DatagramSocket {
  readonly isSix: boolean;
  local: InternetAddress | null = null;
  remote: InternetAddress | null = null;
  reusesPort: boolean = false;
  reusesAddress: boolean = false;
  /** Of IPv6 alone: `IPV6_V6ONLY`. */
  isSixOnly: boolean = false;
  isClosed: boolean = false;
  readonly #arrived: Arrived[] = [];
  readonly #onReady: (socket: DatagramSocket, direction: Direction) => void;
  #byteLength: number = 0;
  #error: number = 0;

  /** @param onReady told whenever it may have become ready */
  constructor(isSix: boolean, onReady: (socket: DatagramSocket, direction: Direction) => void) {
    this.isSix = isSix;
    this.#onReady = onReady;
  }

  get isReadable(): boolean {
    return this.#arrived.length > 0 || this.#error !== 0;
  }

  /** Whether what goes to an address comes here. */
  isAt(address: string): boolean {
    return this.local !== null && this.covers(this.local.address, address);
  }

  /** The same if it were bound to `own`. `::` takes IPv4 as well, unless it is told not to. */
  covers(own: string, address: string): boolean {
    if (unmapped(own) === unmapped(address)) return true;
    if (!isWildcard(own)) return false;
    return isFour(address) ? !this.isSixOnly : this.isSix;
  }

  /** Whether it listens to that sender: a connected socket does to one alone. */
  hears(from: InternetAddress): boolean {
    const { remote } = this;
    if (remote === null) return true;
    return remote.port === from.port && unmapped(remote.address) === unmapped(from.address);
  }

  /** @returns whether there was room */
  enqueue({ bytes, from }: Arrived): boolean {
    const size = bytes.byteLength + DATAGRAM_BYTES;
    if (this.#byteLength + size > BUFFER_BYTES) return false;
    this.#byteLength += size;
    const address = this.isSix && isFour(from.address) ? `::ffff:${from.address}` : from.address;
    const family = this.isSix ? "IPv6" : "IPv4";
    this.#arrived.push({ bytes, from: { family, address, port: from.port } });
    this.#onReady(this, "read");
    return true;
  }

  take(): Arrived | null {
    const first = this.#arrived.shift();
    if (first === undefined) return null;
    this.#byteLength -= first.bytes.byteLength + DATAGRAM_BYTES;
    return first;
  }

  /** Something that it sent was refused. */
  fail(error: number): void {
    if (this.isClosed) return;
    this.#error = error;
    this.#onReady(this, "read");
  }

  /** The error that is pending, which is told once; 0 for none. */
  takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
  }

  close(): void {
    this.isClosed = true;
    this.#arrived.length = 0;
  }

  /** The host has crashed. */
  vanish(): void {
    this.close();
  }
}

function isFour(address: string): boolean {
  return !unmapped(address).includes(":");
}
