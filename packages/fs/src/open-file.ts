import {
  Descriptor,
  type OperationFrame,
  type OperationKind,
  type Runtime,
  spendBudget,
  type WaitOptions,
  WOULD_BLOCK,
} from "@bascule/core";
import {
  ECANCELED,
  INLINE_BYTES_MAX,
  O_APPEND,
  O_DIRECT,
  O_NONBLOCK,
  read,
  readAt,
  readDirectAt,
  write,
  writeAt,
  writeDirectAt,
} from "@bascule/sys";
import { type ErrorSubject, FileClosedError, fileError, noteBytesWritten } from "./errors.ts";
import { isStreamDescriptor } from "./file-type.ts";
import { giveBack, lend } from "./lent-memory.ts";
import { performAtPosition } from "./own-position.ts";
import { perform, performLater } from "./perform.ts";
import { Turns } from "./turns.ts";
import { attempt, systemOf } from "./system.ts";

/** The most bytes that one operation moves, so that no thread copies for long. */
const PIECE_BYTES_MAX = 1 << 20;

/** For attempts, which are over when they return: one frame serves them all. */
const FRAME: OperationFrame = { fd: -1, address: 0, length: 0, offset: 0, flags: 0 };

/**
 * An open descriptor with what reading and writing whole stretches takes: short reads and writes
 * are continued, an aborted read gives back what it took, and whoever moves the file's position
 * waits for his turn. FIFOs, terminals and other devices are waited for like sockets, without a
 * thread.
 */
export class OpenFile {
  readonly runtime: Runtime;
  readonly descriptor: Descriptor;
  /** For reads and writes at the file's own position. */
  readonly turns: Turns = new Turns();
  readonly #isDirect: boolean;
  readonly #isAppending: boolean;
  readonly #readKind: OperationKind;
  readonly #writeKind: OperationKind;
  #isStream: boolean | null = null;
  /** What an aborted read took out of a stream, for the next read. */
  #kept: Uint8Array | null = null;

  /** @param flags of open(2) */
  constructor(runtime: Runtime, fd: number, flags: number) {
    this.runtime = runtime;
    this.descriptor = new Descriptor(fd);
    this.#isDirect = (flags & O_DIRECT) !== 0;
    this.#isAppending = (flags & O_APPEND) !== 0;
    this.#readKind = this.#isDirect ? readDirectAt : readAt;
    this.#writeKind = this.#isDirect ? writeDirectAt : writeAt;
  }

  /** Whether it has no positions, and may make a reader wait for as long as it likes. */
  get isStream(): boolean {
    this.#isStream ??= this.#lookForStream();
    return this.#isStream;
  }

  /** The answer of {@link isStream} when somebody has asked already; false before. */
  get isKnownStream(): boolean {
    return this.#isStream === true;
  }

  /**
   * Reads at a position what is in memory already, without suspending anybody.
   * @returns the bytes read, `-errno`, or WOULD_BLOCK
   */
  readNow(buffer: ArrayBuffer, at: number): number {
    if (buffer.byteLength > INLINE_BYTES_MAX) return WOULD_BLOCK;
    FRAME.fd = this.descriptor.fd;
    FRAME.address = systemOf(this.runtime).addressOf(buffer);
    FRAME.length = buffer.byteLength;
    FRAME.offset = at;
    return attempt(this.runtime, this.#readKind, FRAME);
  }

  /**
   * As {@link readNow}, into an array of the caller's own. Up to a block of the send pool, copying
   * out of it is cheaper than having the garbage collector follow a buffer.
   * @returns the array when all of it was read, null otherwise: nothing has happened
   */
  readArrayNow(length: number, at: number): Uint8Array | null {
    const { sendPool } = this.runtime.driver;
    if (this.#isDirect || length > sendPool.largeBytes) return null;
    const block = sendPool.take(length);
    FRAME.fd = this.descriptor.fd;
    FRAME.address = block.address;
    FRAME.length = length;
    FRAME.offset = at;
    const isWhole = attempt(this.runtime, this.#readKind, FRAME) === length;
    const bytes = isWhole ? block.bytes.slice(0, length) : null;
    sendPool.give(block);
    return bytes;
  }

  /** Writes at a position what the page cache takes at once. Results as {@link readNow}. */
  writeNow(bytes: Uint8Array, at: number): number {
    const { sendPool } = this.runtime.driver;
    if (this.#isDirect || bytes.byteLength > sendPool.largeBytes) return WOULD_BLOCK;
    const block = sendPool.take(bytes.byteLength);
    block.bytes.set(bytes);
    FRAME.fd = this.descriptor.fd;
    FRAME.address = block.address;
    FRAME.length = bytes.byteLength;
    FRAME.offset = at;
    const result = attempt(this.runtime, this.#writeKind, FRAME);
    sendPool.give(block);
    return result;
  }

  /**
   * Reads until the buffer is full, the file ends, or a stream has given something. An abort takes
   * nothing out of the file.
   * @param at a position, or -1 for the file's own; then the caller has the turn
   * @param filled how much is in the buffer already
   * @returns how much is in the buffer
   */
  async readInto(
    buffer: ArrayBuffer,
    at: number,
    options: WaitOptions | undefined,
    filled: number = 0,
  ): Promise<number> {
    const { byteLength } = buffer;
    let count = filled + this.#takeKept(buffer, at);
    let lost = 0;
    const discard = (result: number): void => {
      lost += result;
    };
    try {
      while (count < byteLength) {
        if (at < 0 && count > 0 && this.isStream) break;
        let result = this.#readPiece(buffer, count, at, options, discard);
        if (typeof result !== "number") result = await result;
        if (result === 0) break;
        if (result > 0) count += result;
        else if (count > 0) break;
        else throw this.error("read", result);
      }
      return count;
    } catch (error) {
      if (at < 0) this.#putBack(buffer, count + lost);
      throw error;
    }
  }

  /**
   * Writes all of `bytes`.
   * @param moved the buffer they fill, when the kernel may read it; otherwise they are copied
   * @param at a position, or -1 for the file's own; then the caller has the turn
   * @throws (rejects) with `bytesWritten`
   */
  async writeAll(
    bytes: Uint8Array,
    moved: ArrayBuffer | null,
    at: number,
    options: WaitOptions | undefined,
    written: number = 0,
  ): Promise<void> {
    let count = written;
    const discard = (result: number): void => {
      count += result;
    };
    try {
      while (count < bytes.byteLength) {
        const offset = at < 0 ? -1 : at + count;
        let result =
          moved === null || this.#isDirect
            ? this.#writeCopy(bytes, count, offset, options, discard)
            : this.#writeMoved(moved, count, offset, options, discard);
        if (typeof result !== "number") result = await result;
        if (result <= 0) throw this.error("write", result, { bytesWritten: count });
        count += result;
      }
    } catch (error) {
      noteBytesWritten(error, count);
      throw error;
    }
  }

  /** A call about the descriptor: fsync, ftruncate and the like. */
  async call(
    syscall: string,
    kind: OperationKind,
    frame: Partial<OperationFrame>,
    options: WaitOptions | undefined,
  ): Promise<number> {
    const { runtime, descriptor } = this;
    if (descriptor.closing) throw new FileClosedError(syscall);
    const whole = { fd: descriptor.fd, address: 0, length: 0, offset: 0, flags: 0, ...frame };
    const result = await perform(runtime, kind, whole, { descriptor, options });
    if (result < 0) throw this.error(syscall, result);
    return result;
  }

  error(syscall: string, result: number, subject?: ErrorSubject): Error {
    if (result === -ECANCELED && this.descriptor.closing) return new FileClosedError(syscall);
    return fileError(this.runtime, syscall, result, subject);
  }

  /** Closes the descriptor when nothing holds it any more; what is in flight is cancelled. */
  close(): void {
    this.runtime.driver.ledger.close(this.descriptor);
    this.runtime.schedule();
  }

  #readPiece(
    buffer: ArrayBuffer,
    count: number,
    at: number,
    options: WaitOptions | undefined,
    discard: (result: number) => void,
  ): number | Promise<number> {
    const kind = this.#kindOf(this.#readKind, read, at);
    const offset = at < 0 ? -1 : at + count;
    const left = buffer.byteLength - count;
    if (this.#isDirect) return this.#readDirect(buffer, count, offset, options, discard);
    return this.#transfer(
      kind,
      systemOf(this.runtime).addressOf(buffer) + count,
      left,
      offset,
      buffer,
      options,
      discard,
    );
  }

  /** `O_DIRECT` wants memory on a boundary, which an ArrayBuffer need not be on. */
  async #readDirect(
    buffer: ArrayBuffer,
    count: number,
    offset: number,
    options: WaitOptions | undefined,
    discard: (result: number) => void,
  ): Promise<number> {
    const left = buffer.byteLength - count;
    const lent = lend(this.runtime, left);
    try {
      const length = Math.min(left, lent.byteLength);
      const kind = this.#readKind;
      const result = await this.#transfer(
        kind,
        lent.address,
        length,
        offset,
        lent,
        options,
        discard,
      );
      if (result > 0) new Uint8Array(buffer, count).set(lent.bytes.subarray(0, result));
      return result;
    } finally {
      giveBack(this.runtime, lent);
    }
  }

  async #writeCopy(
    bytes: Uint8Array,
    count: number,
    offset: number,
    options: WaitOptions | undefined,
    discard: (result: number) => void,
  ): Promise<number> {
    const left = bytes.byteLength - count;
    const lent = lend(this.runtime, left);
    try {
      const length = Math.min(left, lent.byteLength);
      lent.bytes.set(bytes.subarray(count, count + length));
      const kind = this.#kindOf(this.#writeKind, write, offset);
      return await this.#transfer(kind, lent.address, length, offset, lent, options, discard);
    } finally {
      giveBack(this.runtime, lent);
    }
  }

  #writeMoved(
    buffer: ArrayBuffer,
    count: number,
    offset: number,
    options: WaitOptions | undefined,
    discard: (result: number) => void,
  ): number | Promise<number> {
    const kind = this.#kindOf(this.#writeKind, write, offset);
    const left = buffer.byteLength - count;
    return this.#transfer(
      kind,
      systemOf(this.runtime).addressOf(buffer) + count,
      left,
      offset,
      buffer,
      options,
      discard,
    );
  }

  #transfer(
    kind: OperationKind,
    address: number,
    length: number,
    offset: number,
    root: unknown,
    options: WaitOptions | undefined,
    discard: (result: number) => void,
  ): number | Promise<number> {
    const { runtime, descriptor } = this;
    if (descriptor.closing) throw new FileClosedError(kind.name);
    FRAME.fd = descriptor.fd;
    FRAME.address = address;
    FRAME.length = Math.min(length, INLINE_BYTES_MAX);
    FRAME.offset = offset;
    if (length <= PIECE_BYTES_MAX && spendBudget(options)) {
      const result = attempt(runtime, kind, FRAME);
      if (result !== WOULD_BLOCK) return result;
    }
    FRAME.length = Math.min(length, PIECE_BYTES_MAX);
    const surroundings = { descriptor, root, options, discard };
    if (offset >= 0 || this.isStream) return performLater(runtime, kind, FRAME, surroundings);
    return performAtPosition(runtime, kind, FRAME, surroundings, this.#isAppending);
  }

  /** At its own position a stream is waited for; with a position it is refused by the kernel. */
  #kindOf(kind: OperationKind, streamKind: OperationKind, at: number): OperationKind {
    return at < 0 && this.isStream ? streamKind : kind;
  }

  #lookForStream(): boolean {
    const { fd } = this.descriptor;
    if (!isStreamDescriptor(this.runtime, fd)) return false;
    // Otherwise a write larger than the room that there is would wait for the reader.
    const system = systemOf(this.runtime);
    system.setStatusFlags(fd, system.statusFlags(fd) | O_NONBLOCK);
    return true;
  }

  #takeKept(buffer: ArrayBuffer, at: number): number {
    const kept = this.#kept;
    if (kept === null || at >= 0) return 0;
    const taken = kept.subarray(0, buffer.byteLength);
    new Uint8Array(buffer).set(taken);
    this.#kept = taken.byteLength < kept.byteLength ? kept.subarray(taken.byteLength) : null;
    return taken.byteLength;
  }

  /** Nobody gets what was read: the next read finds it again. */
  #putBack(buffer: ArrayBuffer, byteCount: number): void {
    if (byteCount === 0 || this.descriptor.closed) return;
    if (!this.isStream) systemOf(this.runtime).movePosition(this.descriptor.fd, -byteCount);
    else this.#kept = new Uint8Array(buffer).slice(0, byteCount);
  }
}
