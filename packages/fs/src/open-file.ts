import {
  Descriptor,
  noteBytesWritten,
  type OperationFrame,
  type OperationKind,
  type Runtime,
  spendBudget,
  Turns,
  type WaitOptions,
  WOULD_BLOCK,
  yieldNow,
} from "@bascule/core";
import {
  ECANCELED,
  EINVAL,
  INLINE_BYTES_MAX,
  O_APPEND,
  O_DIRECT,
  O_NONBLOCK,
  read,
  readAt,
  readDirectAt,
  S_IFREG,
  write,
  writeAt,
  writeDirectAt,
} from "@bascule/sys";
import { type ErrorSubject, FileClosedError, fileError } from "./errors.ts";
import { isStreamDescriptor, typeOfDescriptor } from "./file-type.ts";
import { giveBack, lend } from "./lent-memory.ts";
import { performAtPosition } from "./own-position.ts";
import { perform, performLater } from "./perform.ts";
import { addressToRead } from "./read-memory.ts";
import { attempt, systemOf } from "./system.ts";
import { mayWriteNow, noteWriteNow } from "./write-attempts.ts";

/** The most bytes that one operation moves: an abort comes through in between. */
const PIECE_BYTES_MAX = 8 << 20;
/** Up to so many bytes are copied by the loop's own thread, in strokes of INLINE_BYTES_MAX. */
const STROKES_BYTES_MAX = 1 << 20;
/** Attempts of so many bytes are timed: one that takes longer than copying has met a disk. */
const TIMED_BYTES_MIN = 65536;
const SLOW_MS = 0.25;
/** After one that did, so many operations go to a thread before another is attempted. */
const SLOW_SKIPPED = 16;
/** Bytes that cost as much as any wait that is ready at once: a unit of the task's budget. */
const BUDGET_BYTES_SHIFT = 14;

const NOTHING = new Uint8Array();

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
  /** How many attempts to leave out, because the last one took long. */
  #skips: number = 0;
  /** Has large reads made by threads, although the loop's own could make them. */
  isForThreads: boolean = false;
  /** What was taken out of a stream and not used, for the next read. */
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

  /** Whether the last {@link readNow} found the end of the file. */
  isAtEnd: boolean = false;

  /** Whether a read at the file's own position need wait for nobody. */
  get isReadable(): boolean {
    return !this.turns.isTaken && !this.isStream;
  }

  /**
   * Reads what is in memory already, without suspending anybody.
   * @param at a position, or -1 for the file's own
   * @returns how much was read; when that is not all, {@link isAtEnd} tells whether more follows
   */
  readNow(address: number, length: number, at: number): number {
    this.isAtEnd = false;
    if (length > INLINE_BYTES_MAX || this.#isCold(length)) return 0;
    FRAME.fd = this.descriptor.fd;
    for (let count = 0; ;) {
      FRAME.address = address + count;
      FRAME.length = length - count;
      FRAME.offset = at < 0 ? -1 : at + count;
      const result = this.#attempt(this.#readKind);
      if (result > 0) count += result;
      else this.isAtEnd = result === 0;
      if (result <= 0 || count === length) return count;
    }
  }

  /**
   * As {@link readNow}, a few bytes into an array of their own: copying them out of a block is
   * cheaper than making memory that does not move.
   * @returns null when not all of it could be read: nothing has happened
   */
  readSmallNow(length: number, at: number): Uint8Array | null {
    const { sendPool } = this.runtime.driver;
    const block = sendPool.take(length);
    const count = this.readNow(block.address, length, at);
    const isWhole = count === length || this.isAtEnd;
    const bytes = isWhole ? block.bytes.slice(0, count) : null;
    sendPool.give(block);
    if (!isWhole && at < 0 && count > 0) {
      systemOf(this.runtime).movePosition(this.descriptor.fd, -count);
    }
    return bytes;
  }

  /**
   * Writes at a position what the page cache takes at once.
   * @returns the bytes written, `-errno`, or WOULD_BLOCK
   */
  writeNow(bytes: Uint8Array, at: number): number {
    const { sendPool } = this.runtime.driver;
    if (this.#isDirect || bytes.byteLength > sendPool.largeBytes) return WOULD_BLOCK;
    if (!mayWriteNow()) return WOULD_BLOCK;
    const block = sendPool.take(bytes.byteLength);
    block.bytes.set(bytes);
    FRAME.fd = this.descriptor.fd;
    FRAME.address = block.address;
    FRAME.length = bytes.byteLength;
    FRAME.offset = at;
    const result = attempt(this.runtime, this.#writeKind, FRAME);
    noteWriteNow(result);
    sendPool.give(block);
    return result;
  }

  /**
   * Reads until the memory is full, the file ends, or a stream has given something. An abort or an
   * error takes nothing out of the file.
   * @param bytes see {@link addressToRead}
   * @param at a position, or -1 for the file's own; then the caller has the turn
   * @param filled how much is in it already
   * @returns how much is in it
   */
  async readInto(
    bytes: Uint8Array,
    at: number,
    options: WaitOptions | undefined,
    filled: number = 0,
  ): Promise<number> {
    const { byteLength } = bytes;
    let count = filled + this.#takeKept(bytes, at);
    let lost = 0;
    const discard = (result: number): void => {
      lost += result;
    };
    try {
      while (count < byteLength) {
        if (at < 0 && count > 0 && this.isStream) break;
        let result = this.#readPiece(bytes, count, at, options, discard);
        if (typeof result !== "number") result = await result;
        if (result === 0) break;
        if (result > 0) count += result;
        else if (result === -EINVAL && count > 0 && this.#isDirectEnd(at, count)) break;
        else throw this.error("read", result);
      }
      return count;
    } catch (error) {
      if (at < 0) this.#putBack(bytes, count + lost);
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
    subject?: ErrorSubject,
  ): Promise<number> {
    const { runtime, descriptor } = this;
    if (descriptor.closing) throw new FileClosedError(syscall);
    const whole = { fd: descriptor.fd, address: 0, length: 0, offset: 0, flags: 0, ...frame };
    const result = await perform(runtime, kind, whole, { descriptor, options });
    if (result < 0) throw this.error(syscall, result, subject);
    return result;
  }

  error(syscall: string, result: number, subject?: ErrorSubject): Error {
    if (result === -ECANCELED && this.descriptor.closing) return new FileClosedError(syscall);
    return fileError(this.runtime, syscall, result, subject);
  }

  /** Where the next read at its own position begins; -1 for a stream. */
  get position(): number {
    return this.isStream ? -1 : systemOf(this.runtime).movePosition(this.descriptor.fd, 0);
  }

  /**
   * Leaves what was read to the next read at the file's own position.
   * @param bytes the last that were read, which nobody has used
   * @param position where the file was after them: whoever has moved it since goes on from there
   */
  giveBack(bytes: Uint8Array, position: number): void {
    if (this.descriptor.closed) return;
    if (this.isStream) this.#kept = Buffer.concat([bytes, this.#kept ?? NOTHING]);
    else if (this.position === position) {
      systemOf(this.runtime).movePosition(this.descriptor.fd, -bytes.byteLength);
    }
  }

  /** Closes the descriptor when nothing holds it any more; what is in flight is cancelled. */
  close(): void {
    this.runtime.driver.ledger.close(this.descriptor);
    if (!this.descriptor.closed) this.runtime.schedule();
  }

  #readPiece(
    bytes: Uint8Array,
    count: number,
    at: number,
    options: WaitOptions | undefined,
    discard: (result: number) => void,
  ): number | Promise<number> {
    const kind = this.#kindOf(this.#readKind, read, at);
    const offset = at < 0 ? -1 : at + count;
    const left = bytes.byteLength - count;
    if (this.#isDirect) return this.#readDirect(bytes, count, offset, options, discard);
    const address = addressToRead(this.runtime, bytes) + count;
    return this.#transfer(kind, address, left, offset, bytes, options, discard);
  }

  /**
   * Whether a refusal comes of an end off the block's boundary: past it some kernels refuse to read
   * before they look for it. Whoever asks for what is no whole block is refused as well.
   */
  #isDirectEnd(at: number, count: number): boolean {
    if (!this.#isDirect) return false;
    const { type, size } = typeOfDescriptor(this.runtime, this.descriptor.fd);
    return type === S_IFREG && size <= (at < 0 ? this.position : at + count);
  }

  /** `O_DIRECT` wants memory on a boundary, which the caller's need not be on. */
  async #readDirect(
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
      const { address } = lent;
      const kind = this.#readKind;
      const result = await this.#transfer(kind, address, length, offset, lent, options, discard);
      if (result > 0) bytes.set(lent.bytes.subarray(0, result), count);
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
    if (length <= STROKES_BYTES_MAX && this.#mayAttempt(kind, FRAME.length)) {
      if (!spendBudget(options)) {
        // The task has had its share: others come first.
        return yieldNow(options).then(() =>
          this.#transfer(kind, address, length, offset, root, options, discard),
        );
      }
      const result = this.#attempt(kind);
      if (kind === writeAt) noteWriteNow(result);
      if (result !== WOULD_BLOCK) {
        payFor(result, options);
        return result;
      }
    }
    FRAME.length = Math.min(length, PIECE_BYTES_MAX);
    const surroundings = { descriptor, root, options, discard };
    if (offset >= 0 || this.isStream) return performLater(runtime, kind, FRAME, surroundings);
    const isAppending = this.#isAppending && kind === this.#writeKind;
    return performAtPosition(runtime, kind, FRAME, surroundings, isAppending);
  }

  /** Whether a call that does not wait may do something; of a file past the cache it never does. */
  #mayAttempt(kind: OperationKind, length: number): boolean {
    if (kind === writeAt) return mayWriteNow();
    return !this.#isDirect && !this.#isCold(length);
  }

  #isCold(length: number): boolean {
    if (length < TIMED_BYTES_MIN) return false;
    if (this.isForThreads) return true;
    if (this.#skips === 0) return false;
    this.#skips--;
    return true;
  }

  /**
   * Makes the call of FRAME without waiting. The kernel does not wait for a disk then, but it may
   * well begin to read ahead, which can take longer than all of the copying.
   */
  #attempt(kind: OperationKind): number {
    if (FRAME.length < TIMED_BYTES_MIN) return attempt(this.runtime, kind, FRAME);
    const startMs = performance.now();
    const result = attempt(this.runtime, kind, FRAME);
    if (performance.now() - startMs > SLOW_MS) this.#skips = SLOW_SKIPPED;
    return result;
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

  #takeKept(bytes: Uint8Array, at: number): number {
    const kept = this.#kept;
    if (kept === null || at >= 0) return 0;
    const taken = kept.subarray(0, bytes.byteLength);
    bytes.set(taken);
    this.#kept = taken.byteLength < kept.byteLength ? kept.subarray(taken.byteLength) : null;
    return taken.byteLength;
  }

  /** Nobody gets what was read: the next read finds it again. */
  #putBack(bytes: Uint8Array, byteCount: number): void {
    if (byteCount === 0 || this.descriptor.closed) return;
    if (!this.isStream) systemOf(this.runtime).movePosition(this.descriptor.fd, -byteCount);
    else this.#kept = Buffer.concat([this.#kept ?? NOTHING, bytes.subarray(0, byteCount)]);
  }
}

/** What has been copied at once is paid for, so that a task that copies a lot lets others run. */
export function payFor(byteCount: number, options: WaitOptions | undefined): void {
  for (let units = byteCount >> BUDGET_BYTES_SHIFT; units > 0; units--) {
    if (!spendBudget(options)) return;
  }
}
