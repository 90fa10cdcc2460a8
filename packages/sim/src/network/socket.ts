import type { SystemAddress } from "@bascule/core";
import { ECONNREFUSED, EISCONN, ENOTCONN } from "../errno.ts";
import { WOULD_BLOCK } from "@bascule/core";
import type { End, EndOwner } from "./end.ts";

/** A direction in which something may be ready. */
export type Direction = "read" | "write";

/** A connection that waits to be accepted. */
export interface Incoming {
  readonly end: End;
  readonly local: SystemAddress;
  readonly remote: SystemAddress;
}

const FRESH = 0;
const CONNECTING = 1;
const CONNECTED = 2;
const FAILED = 3;

/** A socket of a simulated host: fresh, listening, connecting or connected. */
export class Socket implements EndOwner {
  readonly family: number;
  local: SystemAddress | null = null;
  remote: SystemAddress | null = null;
  end: End | null = null;
  /** Connections that wait to be accepted; null when it does not listen. */
  queue: Incoming[] | null = null;
  backlog: number = 0;
  reusesPort: boolean = false;
  /** Closing resets the connection: `SO_LINGER` with 0 seconds. */
  resetsOnClose: boolean = false;
  isClosed: boolean = false;
  readonly options: Map<number, number> = new Map();
  readonly #onReady: (socket: Socket, direction: Direction) => void;
  #state: typeof FRESH | typeof CONNECTING | typeof CONNECTED | typeof FAILED = FRESH;
  #error: number = 0;

  /** @param onReady told whenever it may have become ready */
  constructor(family: number, onReady: (socket: Socket, direction: Direction) => void) {
    this.family = family;
    this.#onReady = onReady;
  }

  get isFresh(): boolean {
    return this.#state === FRESH;
  }

  /** It waits for the answer to a first packet. */
  get isConnecting(): boolean {
    return !this.isClosed && this.#state === CONNECTING;
  }

  /** Takes a connection over: it was accepted. */
  adopt({ end, local, remote }: Incoming): void {
    this.local = local;
    this.remote = remote;
    this.#state = CONNECTED;
    this.#take(end);
  }

  /** A connection is under way; {@link established} or {@link refused} follows. */
  connecting(remote: SystemAddress, end: End): void {
    this.remote = remote;
    this.#state = CONNECTING;
    this.end = end;
  }

  established(): void {
    if (!this.isConnecting) return;
    this.#state = CONNECTED;
    if (this.end !== null) this.#take(this.end);
    this.becameWritable();
  }

  refused(error: number): void {
    if (!this.isConnecting) return;
    this.#state = FAILED;
    this.#error = error;
    this.end = null;
    this.becameWritable();
  }

  /** connect(2) made again: how it came out, or WOULD_BLOCK. */
  connectResult(): number {
    if (this.#state === CONNECTED) return 0;
    if (this.#state === CONNECTING) return WOULD_BLOCK;
    const error = this.#error;
    this.#error = ECONNREFUSED;
    return this.#state === FAILED ? -error : -EISCONN;
  }

  /** Something came to be accepted. */
  enqueue(incoming: Incoming): void {
    this.queue?.push(incoming);
    this.becameReadable();
  }

  /** The connection, when there is one; -errno otherwise. */
  get stream(): End | number {
    if (this.end === null || this.#state !== CONNECTED) return -ENOTCONN;
    return this.end;
  }

  get isReadable(): boolean {
    if (this.queue !== null) return this.queue.length > 0;
    return this.#state === FAILED || (this.end?.isReadable ?? false);
  }

  get isWritable(): boolean {
    if (this.#state === CONNECTING) return false;
    return this.#state === FAILED || (this.end?.isWritable ?? false);
  }

  becameReadable(): void {
    this.#onReady(this, "read");
  }

  becameWritable(): void {
    this.#onReady(this, "write");
  }

  close(): void {
    this.isClosed = true;
    this.end?.close(this.resetsOnClose);
    for (const { end } of this.queue?.splice(0) ?? []) end.close(true);
  }

  /** The host has crashed. */
  vanish(): void {
    this.isClosed = true;
    this.end?.vanish();
    for (const { end } of this.queue?.splice(0) ?? []) end.vanish();
  }

  #take(end: End): void {
    this.end = end;
    end.owner = this;
  }
}
