import {
  type Flushable,
  type ReceivePool,
  Runtime,
  suspend,
  timeout,
  TimeoutError,
  type Waker,
} from "@bascule/core";
import {
  encodeSocketAddress,
  mapMemory,
  type MappedMemory,
  SOCKET_ADDRESS_BYTES_MAX,
} from "@bascule/sys";
import { LoadSocket } from "./load-socket.ts";

/** So many connections are being made at once: less than any server's backlog. */
const CONNECTING_MAX = 64;
const CONNECT_TIMEOUT_MS = 10_000;

/** What a load does with the bytes that arrive. */
export interface ArrivalHandler {
  /**
   * Bytes `start` to `start + length` of the receive pool have arrived for `socket`. They are gone
   * when this returns.
   */
  onArrival(socket: LoadSocket, start: number, length: number, nowNanos: number): void;
  /** Everything that had arrived has been handled. */
  onBatchEnd(nowNanos: number): void;
}

/** Where to connect, and the receive pool: more than a load needs does not fit in the cache. */
export interface LoadLoopOptions {
  readonly port: number;
  readonly receiveBuffers: number;
  readonly receiveBufferBytes: number;
}

/**
 * Runs many connections of a load generator on one runtime: completions are noted in order, and
 * handled in one go between two turns of the driver.
 */
export class LoadLoop implements Flushable {
  readonly runtime: Runtime;
  readonly pool: ReceivePool;
  readonly serverAddress: MappedMemory = mapMemory(SOCKET_ADDRESS_BYTES_MAX);
  readonly serverAddressLength: number;
  #handler: ArrivalHandler | null = null;
  #opened: LoadSocket[] = [];
  /** Sockets, buffers and lengths of what has arrived. */
  readonly #sockets: LoadSocket[] = [];
  readonly #bufferIds: number[] = [];
  readonly #lengths: number[] = [];
  #count: number = 0;
  /** The program that waits for an event of its load. */
  #waker: Waker | null = null;
  #failure: Error | null = null;
  #connecting: number = 0;

  constructor(options: LoadLoopOptions) {
    const { receiveBuffers, receiveBufferBytes } = options;
    this.runtime = Runtime.create({ receiveBuffers, receiveBufferBytes });
    this.pool = this.runtime.driver.receivePool;
    const address = { family: "IPv4", address: "127.0.0.1", port: options.port } as const;
    this.serverAddressLength = encodeSocketAddress(address, this.serverAddress.bytes, 0);
  }

  /** Connects `count` sockets, numbered from 0. */
  async connect(count: number, handler: ArrivalHandler): Promise<LoadSocket[]> {
    this.#handler = handler;
    const sockets = Array.from({ length: count }, (_, index) => new LoadSocket(this, index));
    this.#opened = sockets;
    for (let first = 0; first < count; first += CONNECTING_MAX) {
      const batch = sockets.slice(first, first + CONNECTING_MAX);
      this.#connecting = batch.length;
      for (const socket of batch) socket.connect();
      await this.waitForEvent(CONNECT_TIMEOUT_MS, () => `${this.#connecting} are not connected`);
    }
    return sockets;
  }

  /**
   * Waits for {@link event}.
   * @param whatIsMissing says what had not come, when it does not come in time
   * @throws (rejects) what a connection failed with, or Error after `timeoutMs`
   */
  async waitForEvent(timeoutMs: number, whatIsMissing: () => string): Promise<void> {
    const event = (): Promise<void> =>
      suspend((waker) => {
        this.#waker = waker;
        if (this.#failure !== null) waker.fail(this.#failure);
      });
    try {
      await timeout(timeoutMs, event);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      throw new Error(`${whatIsMissing()} after ${timeoutMs / 1000} s`, { cause: error });
    }
  }

  /** Closes every connection that is not closed yet. */
  close(): void {
    for (const socket of this.#opened) socket.close();
  }

  /** What the program waits for has happened. */
  event(): void {
    this.#waker?.wake();
  }

  /** A connection broke: the run is worth nothing. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#waker?.fail(error);
  }

  /** Called by a socket once it is connected. */
  connected(): void {
    if (--this.#connecting === 0) this.event();
  }

  /** Called by a socket inside the driver's turn. */
  arrived(socket: LoadSocket, bufferId: number, length: number): void {
    const at = this.#count++;
    this.#sockets[at] = socket;
    this.#bufferIds[at] = bufferId;
    this.#lengths[at] = length;
    if (at === 0) this.runtime.flushLater(this);
  }

  flush(): void {
    const nowNanos = Bun.nanoseconds();
    const { bufferSize } = this.pool;
    try {
      for (let at = 0; at < this.#count; at++) {
        const socket = this.#sockets[at];
        const bufferId = this.#bufferIds[at] ?? 0;
        if (socket === undefined) continue;
        this.#handler?.onArrival(socket, bufferId * bufferSize, this.#lengths[at] ?? 0, nowNanos);
        this.pool.release(bufferId);
      }
      this.#handler?.onBatchEnd(nowNanos);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#count = 0;
    }
  }
}
