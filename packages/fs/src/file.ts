import {
  moveBuffer,
  type Resource,
  type Runtime,
  spendBudget,
  type WaitOptions,
} from "@bascule/core";
import { FIXED_BYTES_MIN, FSYNC_DATASYNC, fsync, truncateAt } from "@bascule/sys";
import {
  checkAt,
  checkFileLength,
  checkLength,
  checkObject,
  checkSignal,
  type FileData,
  toBytes,
} from "./arguments.ts";
import { type ChunkOptions, readChunks } from "./chunks.ts";
import { ClosingWait } from "./closing-wait.ts";
import { FileClosedError } from "./errors.ts";
import { type LineOptions, readLines } from "./lines.ts";
import { OpenFile, payFor } from "./open-file.ts";
import { ReadAhead } from "./read-ahead.ts";
import { addressToRead, keepRead, memoryToRead } from "./read-memory.ts";
import { type StatOptions, statDescriptor } from "./stat.ts";
import type { BigIntStats, Stats } from "./stats.ts";
import { readableOf, writableOf } from "./web-streams.ts";

const DONE: Promise<void> = Promise.resolve();

/** Where a read or a write is, with what every wait takes. */
export interface PositionOptions extends WaitOptions {
  /** Bytes from the beginning; left out, the file's own position, which then moves on. */
  at?: number | undefined;
}

/** Options of {@link File.readInto} and {@link File.writeFrom}. */
export interface MoveOptions extends PositionOptions {
  /** Gets the moved buffer back when the wait rejects, once the kernel has let go of it. */
  reclaim?: ((buffer: ArrayBuffer) => void) | undefined;
}

/**
 * An open file. Reads and writes with `at` may run side by side; those without move the file's own
 * position and take turns, in the order of the calls. What is in the page cache is read at once,
 * anything else never blocks the loop.
 */
export class File implements AsyncDisposable, Resource {
  readonly #file: OpenFile;
  #pending: number = 0;
  #idle: ClosingWait | null = null;
  #closing: Promise<void> | null = null;
  #readable: ReadableStream<Uint8Array> | null = null;
  #writable: WritableStream<Uint8Array> | null = null;

  /** @param fd an open descriptor, which belongs to this object from now on */
  constructor(runtime: Runtime, fd: number, flags: number) {
    this.#file = new OpenFile(runtime, fd, flags);
    this.#file.descriptor.onClosed = () => runtime.unregister(this);
    runtime.register(this);
  }

  /** For snapshots and dumps of the runtime. */
  describe(): string {
    return `descriptor ${this.#file.descriptor.fd}`;
  }

  /** The descriptor's number, for other programs and libraries; -1 when it is closed. */
  get fd(): number {
    return this.isClosed ? -1 : this.#file.descriptor.fd;
  }

  /** Whether `close` or a shutdown of the runtime has begun. */
  get isClosed(): boolean {
    return this.#closing !== null || this.#file.descriptor.closing;
  }

  /**
   * Reads `length` bytes, or what is left before the end: then the array is shorter, and empty at
   * the end. A FIFO or terminal gives what has come, at least a byte. pread(2), read(2).
   *
   * Abort rejects with the reason, when the kernel has let go of the memory. Then, as after an
   * error, the file's own position is where it was, so the next read gives the same bytes.
   * @throws (rejects) SystemError (`EISDIR`, `EIO`, `ESPIPE` …), FileClosedError after `close`,
   *   RangeError for a bad `length` or `at`
   */
  read(options: { length: number } & PositionOptions): Promise<Uint8Array> {
    try {
      checkObject(options, "options");
      const length = checkLength(options.length, "length", 0);
      const at = checkAt(options.at);
      this.#checkOpen("read", options);
      if (length === 0) return Promise.resolve(new Uint8Array());
      const file = this.#file;
      const mayRead = (at >= 0 || file.isReadable) && spendBudget(options);
      if (mayRead && length < FIXED_BYTES_MIN) {
        const small = file.readSmallNow(length, at);
        if (small !== null) return Promise.resolve(small);
      }
      const bytes = memoryToRead(file.runtime, length);
      if (!mayRead || length < FIXED_BYTES_MIN) return this.#read(bytes, at, options, 0);
      const count = file.readNow(addressToRead(file.runtime, bytes), length, at);
      payFor(count, options);
      if (count === length || file.isAtEnd) return Promise.resolve(keepRead(bytes, count));
      return this.#read(bytes, at, options, count);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Reads into a buffer that is moved: the caller's handle is detached until the result gives it
   * back. `bytesRead` is less than its length only before the end of the file.
   *
   * Abort as {@link read}; the buffer goes to `options.reclaim`.
   * @throws (rejects) TypeError when the buffer is detached, resizable or a driver's own (a
   *   lease's), RangeError when it has 0 bytes (nothing is moved then); otherwise as {@link read}
   */
  readInto(
    buffer: ArrayBuffer,
    options?: MoveOptions,
  ): Promise<{ bytesRead: number; buffer: ArrayBuffer }> {
    try {
      const at = checkAt(options?.at);
      this.#checkOpen("read", options);
      const file = this.#file;
      const moved = moveBuffer(buffer, "read into", file.runtime.driver.receivePool);
      let count = 0;
      if ((at >= 0 || file.isReadable) && spendBudget(options)) {
        const { byteLength } = moved;
        count = file.readNow(addressToRead(file.runtime, moved), byteLength, at);
        payFor(count, options);
        if (count === byteLength || file.isAtEnd) {
          return Promise.resolve({ bytesRead: count, buffer: moved });
        }
      }
      return this.#readMoved(moved, at, options, count);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Writes all of `data`: pwrite(2), write(2). Text is UTF-8. `data` must not be changed while the
   * promise is pending.
   *
   * Abort rejects with the reason, whose `bytesWritten` says how much went out.
   * @throws (rejects) SystemError (`ENOSPC`, `EFBIG`, `EBADF` …) with `bytesWritten`,
   *   FileClosedError after `close`, TypeError
   */
  write(data: FileData, options?: PositionOptions): Promise<void> {
    try {
      const bytes = toBytes(data);
      const at = checkAt(options?.at);
      this.#checkOpen("write", options);
      if (bytes.byteLength === 0) return DONE;
      if (at < 0 || !spendBudget(options)) return this.#writeAll(bytes, null, at, options, 0);
      const count = this.#file.writeNow(bytes, at);
      if (count === bytes.byteLength) return DONE;
      return this.#writeAll(bytes, null, at, options, Math.max(count, 0));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Writes all of a buffer that is moved, without copying it, and gives it back. Abort as
   * {@link write}; the buffer goes to `options.reclaim`.
   * @throws (rejects) as {@link readInto} and {@link write}
   */
  async writeFrom(buffer: ArrayBuffer, options?: MoveOptions): Promise<{ buffer: ArrayBuffer }> {
    const at = checkAt(options?.at);
    this.#checkOpen("write", options);
    const moved = moveBuffer(buffer, "write from", this.#file.runtime.driver.receivePool);
    try {
      await this.#writeAll(new Uint8Array(moved), moved, at, options, 0);
      return { buffer: moved };
    } catch (error) {
      options?.reclaim?.(moved);
      throw error;
    }
  }

  /** Tells about the file: statx(2). @throws (rejects) FileClosedError, SystemError */
  async stat(options: StatOptions & { bigint: true }): Promise<BigIntStats>;
  async stat(options?: StatOptions & { bigint?: false | undefined }): Promise<Stats>;
  async stat(options?: StatOptions): Promise<Stats | BigIntStats> {
    const { runtime, descriptor } = this.#file;
    return await this.#track("fstat", options, () => statDescriptor(runtime, descriptor, options));
  }

  /**
   * Cuts the file off after `length` bytes (0), or extends it by a hole: ftruncate(2).
   * @throws (rejects) SystemError (`EINVAL` for a file that is not open for writing, `EFBIG` …)
   */
  async truncate(length: number = 0, options?: WaitOptions): Promise<void> {
    const offset = checkFileLength(length, "length");
    const file = this.#file;
    await this.#track("ftruncate", options, () =>
      file.call("ftruncate", truncateAt, { offset }, options),
    );
  }

  /** Waits until everything is on the disk: fsync(2). @throws (rejects) SystemError (`EIO` …) */
  async sync(options?: WaitOptions): Promise<void> {
    await this.#track("fsync", options, () => this.#file.call("fsync", fsync, {}, options));
  }

  /** As {@link sync}, without times and such: fdatasync(2). */
  async datasync(options?: WaitOptions): Promise<void> {
    const flags = FSYNC_DATASYNC;
    await this.#track("fdatasync", options, () =>
      this.#file.call("fdatasync", fsync, { flags }, options),
    );
  }

  /**
   * The bytes, chunk by chunk: `size` (64 KiB) each but the last, from `at` up to but not including
   * `end`. Without `at` from the file's own position, and then `end` bytes at most. Leaving the
   * loop leaves the file open.
   */
  chunks(options?: ChunkOptions): AsyncIterable<Uint8Array> {
    return readChunks(this, options);
  }

  /**
   * Lines of text from the file's own position, ending in `\n` or `\r\n`; see {@link readLines}.
   * Leaving the loop, also by an abort, leaves the file open, after the last line that it gave.
   */
  lines(options?: LineOptions): AsyncIterable<string> {
    return readLines(this.#readAhead(), options);
  }

  /**
   * The bytes as a web stream, read on demand: the same one until it has ended. Neither its end
   * nor a cancel closes the file, and a cancel loses no byte.
   */
  get readable(): ReadableStream<Uint8Array> {
    this.#readable ??= readableOf(this.#readAhead(), (ended) => {
      if (this.#readable === ended) this.#readable = null;
    });
    return this.#readable;
  }

  /**
   * A web stream to write to, with backpressure: the same one until it has ended. Closing or
   * aborting it leaves the file open.
   */
  get writable(): WritableStream<Uint8Array> {
    this.#writable ??= writableOf(this, (ended) => {
      if (this.#writable === ended) this.#writable = null;
    });
    return this.#writable;
  }

  /**
   * Closes the file once what is under way has finished; reads and writes of a FIFO or terminal,
   * which may never finish, are cancelled. Resolves when the descriptor has gone back to the
   * kernel. An abort of the task does not cut it short. Harmless the second time.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Lets go without waiting. For the runtime's shutdown. */
  destroy(): void {
    this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(
    bytes: Uint8Array,
    at: number,
    options: WaitOptions | undefined,
    filled: number,
  ): Promise<Uint8Array> {
    return keepRead(bytes, await this.#readInto(bytes, at, options, filled));
  }

  async #readMoved(
    moved: ArrayBuffer,
    at: number,
    options: MoveOptions | undefined,
    filled: number,
  ): Promise<{ bytesRead: number; buffer: ArrayBuffer }> {
    try {
      const bytesRead = await this.#readInto(new Uint8Array(moved), at, options, filled);
      return { bytesRead, buffer: moved };
    } catch (error) {
      options?.reclaim?.(moved);
      throw error;
    }
  }

  async #readInto(
    bytes: Uint8Array,
    at: number,
    options: WaitOptions | undefined,
    filled: number,
  ): Promise<number> {
    const file = this.#file;
    this.#pending++;
    try {
      if (at >= 0) return await file.readInto(bytes, at, options, filled);
      return await file.turns.run(() => file.readInto(bytes, at, options, filled), options);
    } finally {
      this.#finish();
    }
  }

  async #writeAll(
    bytes: Uint8Array,
    moved: ArrayBuffer | null,
    at: number,
    options: WaitOptions | undefined,
    written: number,
  ): Promise<void> {
    const file = this.#file;
    this.#pending++;
    try {
      if (at >= 0) return await file.writeAll(bytes, moved, at, options, written);
      return await file.turns.run(() => file.writeAll(bytes, moved, at, options, written), options);
    } finally {
      this.#finish();
    }
  }

  #readAhead(): ReadAhead {
    return new ReadAhead(this.#file, (options, work) => this.#track("read", options, work));
  }

  async #track<T>(
    syscall: string,
    options: WaitOptions | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    this.#checkOpen(syscall, options);
    this.#pending++;
    try {
      return await work();
    } finally {
      this.#finish();
    }
  }

  #finish(): void {
    this.#pending--;
    if (this.#pending === 0) this.#idle?.wake();
  }

  #checkOpen(syscall: string, options: WaitOptions | undefined): void {
    checkSignal(options);
    if (this.isClosed) throw new FileClosedError(syscall);
  }

  async #close(): Promise<void> {
    const file = this.#file;
    if (file.isKnownStream) file.close();
    if (this.#pending > 0) {
      this.#idle = new ClosingWait();
      await this.#idle.promise;
    }
    file.close();
    const { descriptor } = file;
    if (descriptor.closed) return;
    const wait = new ClosingWait();
    const { onClosed } = descriptor;
    descriptor.onClosed = () => {
      onClosed?.();
      wait.wake();
    };
    await wait.promise;
  }
}
