import {
  currentTask,
  Descriptor,
  moveBuffer,
  type Resource,
  type Runtime,
  spendBudget,
  type WaitOptions,
} from "@bascule/core";
import { SHUT_WR, type SocketAddress } from "@bascule/sys";
import { checkByteCount, checkBytes, toBytes } from "./arguments.ts";
import { ChunkIterator, READ_BYTES_MAX } from "./chunk-iterator.ts";
import { CloseWait } from "./close-wait.ts";
import { describeAddress } from "./describe-address.ts";
import {
  closedBecauseOf,
  closedError,
  failureFor,
  SocketClosedError,
  socketError,
  writeFailureFor,
} from "./errors.ts";
import { Inbox } from "./inbox.ts";
import type { Lease } from "./lease.ts";
import { LineReader, type LineReaderOptions } from "./line-reader.ts";
import { type CloseOptions, heedSignal, type Linger, linger, lingerOf } from "./linger.ts";
import { Outbox } from "./outbox.ts";
import { LeaseWait, ReadExactlyWait, ReadIntoWait, ReadWait } from "./read-waits.ts";
import { systemOf } from "./system.ts";
import { readableOf, writableOf } from "./web-streams.ts";
import { DrainWait, WriteFromWait, WriteWait } from "./write-waits.ts";

const WRITTEN: Promise<void> = Promise.resolve();

/** Options of {@link StreamSocket.readInto} and {@link StreamSocket.writeFrom}. */
export interface MoveOptions extends WaitOptions {
  /** Gets the moved buffer back when the wait rejects, once the kernel has let go of it. */
  reclaim?: (buffer: ArrayBuffer) => void;
}

/**
 * A connected stream socket: what TCP and Unix streams have in common. Reads belong to the socket:
 * a wait that is aborted, times out or loses a `select` loses no byte. Writes of one tick leave as
 * one send, and a peer that does not read makes `write` wait.
 */
export abstract class StreamSocket implements AsyncIterable<Uint8Array>, AsyncDisposable, Resource {
  // What every read and write touches comes first, for the sake of the processor's cache.
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  #closing: Promise<void> | null = null;
  /** Calls of `closeWrite` that flush: nothing more is to be written meanwhile. */
  #writeClosers: number = 0;
  #isWriteClosed: boolean = false;
  protected readonly runtime: Runtime;
  protected readonly descriptor: Descriptor;
  readonly #remote: SocketAddress;
  #local: SocketAddress | null;
  #closed: PromiseWithResolvers<void> | null = null;

  /** @param fd a connected, non-blocking socket, which belongs to this object from now on */
  protected constructor(
    runtime: Runtime,
    fd: number,
    remote: SocketAddress,
    local: SocketAddress | null,
  ) {
    this.runtime = runtime;
    this.descriptor = new Descriptor(fd);
    this.descriptor.onClosed = () => this.#descriptorClosed();
    this.#inbox = new Inbox(runtime, this.descriptor, remote.family !== "unix");
    this.#outbox = new Outbox(runtime, this.descriptor, this.#inbox);
    this.#remote = remote;
    this.#local = local;
    runtime.register(this);
  }

  /** Bytes received so far, read or not. */
  get bytesRead(): number {
    return this.#inbox.bytesReceived;
  }

  /** Bytes accepted for sending so far, less what an aborted `writeFrom` has taken back. */
  get bytesWritten(): number {
    return this.#outbox.bytesAccepted;
  }

  /** Bytes that were accepted and have not been handed to the kernel. */
  get bytesBuffered(): number {
    return this.#outbox.byteLength;
  }

  /** The peer's address. */
  get remoteAddress(): SocketAddress {
    return this.#remote;
  }

  /**
   * This side's address: getsockname(2). Throws SocketClosedError when asked first after closing.
   */
  get localAddress(): SocketAddress {
    if (this.#local === null) {
      if (this.descriptor.closed) throw closedError("ask for the address of");
      const address = systemOf(this.runtime).localAddress(this.descriptor.fd);
      if (typeof address === "number") throw socketError(this.runtime, "getsockname", address);
      this.#local = address;
    }
    return this.#local;
  }

  /** For snapshots and dumps of the runtime. */
  describe(): string {
    const { fd } = this.descriptor;
    const bytes = `${this.bytesRead} B read, ${this.bytesWritten} B written`;
    return `to ${describeAddress(this.#remote)}, descriptor ${fd}, ${bytes}`;
  }

  /** Resolves when the descriptor has gone back to the kernel, whoever closed it and why. */
  get closed(): Promise<void> {
    this.#closed ??= Promise.withResolvers<void>();
    if (this.descriptor.closed) this.#closed.resolve();
    return this.#closed.promise;
  }

  /** Whether `close`, `reset` or a shutdown of the runtime has begun. */
  get isClosed(): boolean {
    return this.#closing !== null || this.descriptor.closing;
  }

  /**
   * Waits for bytes and gives what has come, at most `max` (64 KiB), as an array of the caller's
   * own; null when the peer has closed its side. The system call is recv(2).
   *
   * Abort rejects with the reason; bytes that arrive stay for the next read.
   * @throws (rejects) SystemError (`ECONNRESET`, `ETIMEDOUT` …), SocketClosedError after `close`,
   *   RangeError for a bad `max`
   */
  read(options?: WaitOptions & { max?: number }): Promise<Uint8Array | null> {
    let max = READ_BYTES_MAX;
    if (options?.max !== undefined) {
      try {
        max = checkByteCount(options.max, "max");
      } catch (error) {
        return Promise.reject(error);
      }
    }
    const inbox = this.#inbox;
    if (inbox.byteLength > 0 && inbox.firstWait === null && spendBudget(options)) {
      return Promise.resolve(inbox.read(max) as Uint8Array);
    }
    const { spare } = inbox;
    if (spare === null || options?.signal !== undefined) {
      return new ReadWait(inbox, max, options).enqueue();
    }
    inbox.spare = null;
    return spare.readAgain(max);
  }

  /**
   * Reads into a buffer that is moved: the caller's handle is detached until the result gives it
   * back. 0 bytes mean that the peer has closed its side.
   *
   * Abort rejects with the reason and hands the buffer to `options.reclaim`.
   * @throws TypeError when the buffer is detached, resizable or the driver's own (a lease's),
   *   RangeError when it has 0 bytes (nothing is moved then); rejects as {@link read}
   */
  async readInto(
    buffer: ArrayBuffer,
    options?: MoveOptions,
  ): Promise<{ bytesRead: number; buffer: ArrayBuffer }> {
    const moved = moveBuffer(buffer, "read into", this.runtime.driver.receivePool);
    try {
      return await new ReadIntoWait(this.#inbox, moved, options).enqueue();
    } catch (error) {
      options?.reclaim?.(moved);
      throw error;
    }
  }

  /**
   * Waits until exactly so many bytes have come. Until then all of them stay in the socket, so an
   * abort loses none. For 0 bytes it waits for nothing.
   * @throws (rejects) UnexpectedEofError, with the bytes that came, when the peer closes its side
   *   before; otherwise as {@link read}
   */
  async readExactly(byteLength: number, options?: WaitOptions): Promise<Uint8Array> {
    checkByteCount(byteLength, "byteLength", 0);
    return await new ReadExactlyWait(this.#inbox, byteLength, options).enqueue();
  }

  /**
   * Waits for bytes and lends them out where they are, without a copy: `using chunk = await
   * conn.lease()`. Null when the peer has closed its side. Rejects as {@link read}.
   */
  lease(options?: WaitOptions): Promise<Lease | null> {
    return new LeaseWait(this.#inbox, this.runtime, options).enqueue();
  }

  /**
   * Accepts all of `data` for sending, or waits until there is room (128 KiB may be unsent).
   * Resolves when everything is accepted: it leaves before the driver's next turn, as one send(2)
   * with whatever else was written in the tick. Use {@link flush} to wait for that. `data` must not
   * be changed while the promise is pending: when its buffer is detached then, it rejects with a
   * TypeError with `bytesWritten`.
   *
   * Abort rejects with the reason; what had been accepted goes out all the same, and the reason,
   * when it is an Error, says how much that is: `bytesWritten`.
   * @throws (rejects) SystemError (`EPIPE`, `ECONNRESET`) with `bytesWritten`, also for an
   *   earlier write that failed after it was accepted; SocketClosedError after `close` or
   *   `closeWrite`; TypeError
   */
  write(data: Uint8Array | string | readonly Uint8Array[], options?: WaitOptions): Promise<void> {
    const outbox = this.#outbox;
    const refusal = this.#writeRefusal();
    if (refusal !== null) return Promise.reject(refusal);
    try {
      if (Array.isArray(data)) return this.#writeParts(data as readonly Uint8Array[], options);
      const bytes = toBytes(data as Uint8Array | string);
      if (bytes.byteLength <= outbox.room && spendBudget(options)) {
        if (bytes.byteLength > 0) outbox.append(bytes, 0, bytes.byteLength);
        return WRITTEN;
      }
      return new WriteWait(outbox, [bytes], options).enqueue();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends a buffer that is moved, without copying it, after what was written before. Resolves,
   * giving it back, when the kernel has taken all of it. Abort rejects only when the kernel has let
   * go, and hands the buffer to `options.reclaim`; the reason's `bytesWritten` says how much went
   * out.
   * @throws TypeError, RangeError as {@link readInto}; rejects as {@link write}
   */
  async writeFrom(buffer: ArrayBuffer, options?: MoveOptions): Promise<{ buffer: ArrayBuffer }> {
    const refusal = this.#writeRefusal();
    if (refusal !== null) throw refusal;
    const moved = moveBuffer(buffer, "write from", this.runtime.driver.receivePool);
    try {
      return await new WriteFromWait(this.#outbox, moved, options).send(
        systemOf(this.runtime).addressOf(moved),
      );
    } catch (error) {
      options?.reclaim?.(moved);
      throw error;
    }
  }

  /**
   * Waits until everything that was written before is in the kernel's hands, whatever is written
   * meanwhile. Rejects as {@link write}.
   */
  async flush(options?: WaitOptions): Promise<void> {
    const { failure } = this.#outbox;
    if (failure !== null) throw failureFor(currentTask(), failure);
    await new DrainWait(this.#outbox, options).promise;
  }

  /** Lines of text, `\n` or `\r\n`; see {@link LineReader}. */
  lines(options?: LineReaderOptions): LineReader {
    return new LineReader(this, options);
  }

  /**
   * Closes this side for writing, after what was written has left: the peer reads to the end and
   * may go on sending. shutdown(2) with `SHUT_WR`. Harmless the second time; of several at once
   * each waits until the side is closed, whichever of them is aborted.
   */
  async closeWrite(options?: WaitOptions): Promise<void> {
    if (this.#isWriteClosed) return;
    if (this.isClosed) throw closedError("close the writing side of");
    this.#writeClosers++;
    try {
      await this.flush(options);
    } finally {
      // After a failure nothing was shut down: it may be tried again.
      this.#writeClosers--;
    }
    if (this.#isWriteClosed) return;
    this.checkOpen("close the writing side of");
    this.#isWriteClosed = true;
    const result = systemOf(this.runtime).shutdownSocket(this.descriptor.fd, SHUT_WR);
    if (result < 0) throw socketError(this.runtime, "shutdown", result, this.#remote);
  }

  /**
   * Closes the socket. What was written leaves first; a peer that does not take it within
   * `lingerMs` gets a reset. Pending reads reject with SocketClosedError. Resolves when the
   * descriptor has gone back to the kernel: nothing is in flight any more. An abort of the task
   * does not cut it short; the signal does, with a reset. Of several calls the first one's
   * `lingerMs` holds, and every one's signal.
   * @throws (rejects) the SystemError of writes that were accepted and could not be sent;
   *   RangeError for a bad `lingerMs`, TypeError for a bad signal, and nothing is closed then
   */
  close(options: CloseOptions = {}): Promise<void> {
    try {
      const lingering = lingerOf(options);
      if (this.#closing === null) this.#closing = this.#close(lingering);
      else heedSignal(lingering, this.#closing, () => this.#outbox.onDrained?.());
      return this.#closing;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Closes at once: drops what is unsent and what is unread, and resets the connection. */
  reset(): Promise<void> {
    if (!this.descriptor.closing) {
      systemOf(this.runtime).setLinger(this.descriptor.fd, 0);
      this.destroy(closedError("use"));
    }
    this.#closing ??= this.closed;
    return this.closed;
  }

  /** Lets go without waiting. For the runtime's shutdown. */
  destroy(reason: unknown): void {
    this.#inbox.close(reason);
    this.#outbox.fail(reason);
    this.runtime.driver.ledger.close(this.descriptor);
    this.runtime.schedule();
  }

  /** The socket keeps the process alive while it receives (the default). */
  ref(): this {
    this.#inbox.setReferenced(true);
    return this;
  }

  /** The socket alone does not keep the process alive. */
  unref(): this {
    this.#inbox.setReferenced(false);
    return this;
  }

  /** The bytes as a web stream, with backpressure; cancelling it closes the socket. */
  get readable(): ReadableStream<Uint8Array> {
    return readableOf(this);
  }

  /** A web stream to write to, with backpressure; closing it closes the writing side. */
  get writable(): WritableStream<Uint8Array> {
    return writableOf(this);
  }

  /** Chunks until the peer closes its side. Leaving the loop leaves the socket open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array, undefined> {
    return new ChunkIterator(this.#inbox);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The number of a closed descriptor may be another socket's by now. */
  protected checkOpen(action: string): void {
    if (this.descriptor.closing) throw closedError(action);
  }

  #writeParts(data: readonly Uint8Array[], options: WaitOptions | undefined): Promise<void> {
    const outbox = this.#outbox;
    let total = 0;
    for (let i = 0; i < data.length; i++) total += checkBytes(data[i] as Uint8Array).byteLength;
    if (total > outbox.room || !spendBudget(options)) {
      return new WriteWait(outbox, data.slice(), options).enqueue();
    }
    for (let i = 0; i < data.length; i++) {
      const part = data[i] as Uint8Array;
      outbox.append(part, 0, part.byteLength);
    }
    return WRITTEN;
  }

  #writeRefusal(): unknown {
    const { failure } = this.#outbox;
    // Once the descriptor is closing, the outbox has failed.
    const isOpen = this.#closing === null && !this.#isWriteClosed && this.#writeClosers === 0;
    if (isOpen && failure === null) return null;
    const reason = isOpen ? failure : closedBecauseOf(closedError("write to"), failure);
    return writeFailureFor(currentTask(), reason, 0);
  }

  async #close(lingering: Linger): Promise<void> {
    this.#inbox.close(closedError("read from"));
    const outbox = this.#outbox;
    if (!outbox.isEmpty && !this.descriptor.closing) {
      await linger(this.runtime, lingering, (done) => {
        outbox.onDrained = done;
      });
    }
    const { failure } = outbox;
    if (!this.descriptor.closing) {
      if (!outbox.isEmpty) systemOf(this.runtime).setLinger(this.descriptor.fd, 0);
      this.destroy(closedError("write to"));
    }
    if (!this.descriptor.closed) await new CloseWait(this.descriptor).promise;
    // A reset from this side meanwhile is what was wanted, as an abort of the signal is.
    if (failure === null || failure instanceof SocketClosedError) return;
    throw failureFor(currentTask(), failure);
  }

  #descriptorClosed(): void {
    this.runtime.unregister(this);
    this.#closed?.resolve();
  }
}
