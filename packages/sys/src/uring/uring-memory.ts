import { closeDescriptor } from "../descriptors.ts";
import { ENOSYS } from "../errno.ts";
import { mapDescriptor, mapMemory, type MappedMemory } from "../memory.ts";
import { scratch } from "../scratch.ts";
import { writeTimespec } from "../timespec.ts";
import { highWord, lowWord } from "../words.ts";
import {
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_REGISTERED_RING,
  IORING_FEAT_SINGLE_MMAP,
  IORING_REGISTER_RING_FDS,
  IORING_SETUP_CQSIZE,
  IORING_UNREGISTER_RING_FDS,
} from "./constants.ts";
import { CQE_WORDS, SQE_WORDS } from "./entry.ts";
import { liburing, type Liburing } from "./liburing.ts";

const PARAMETER_WORDS = 30;
const OFFSET_OF_ENTRIES = 0x10000000;
const GETEVENTS_BYTES = 24;
const TIMESPEC_BYTES = 16;
const REGISTER_ANY_INDEX = -1;

/** How to set a ring up. */
export interface UringOptions {
  /** Submission queue entries: a power of two up to 32768. */
  readonly entries: number;
  /**
   * Completion queue entries: a power of two, at least `entries`; twice `entries` when left out.
   */
  readonly completionEntries?: number;
  /** `IORING_SETUP_*`; `IORING_SETUP_CQSIZE` is added when `completionEntries` is given. */
  readonly flags?: number;
}

/**
 * One io_uring: its descriptor and the memory it shares with the kernel. Heads, tails and flags are
 * words of `ring` at the indices given here; read and write them with `Atomics`, which order the
 * entries around them. The submission queue's index array is filled once, entry `n` in place `n`,
 * so that only the tail ever moves.
 */
export class UringMemory {
  readonly fd: number;
  /** `IORING_FEAT_*` of the kernel. */
  readonly features: number;
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly sqMask: number;
  readonly cqMask: number;
  /** Both queues' heads, tails, flags and the completions, as the kernel laid them out. */
  readonly ring: Int32Array;
  readonly sqHeadWord: number;
  readonly sqTailWord: number;
  readonly sqFlagsWord: number;
  readonly sqDroppedWord: number;
  readonly cqHeadWord: number;
  readonly cqTailWord: number;
  readonly cqOverflowWord: number;
  /** Takes `IORING_CQ_EVENTFD_DISABLED`. */
  readonly cqFlagsWord: number;
  /** Submission entries, `SQE_WORDS` words each. */
  readonly sqes: Int32Array;
  /** Completions, `CQE_WORDS` words each: user data low and high, result, flags. */
  readonly cqes: Int32Array;
  readonly #library: Liburing;
  readonly #ringMemory: MappedMemory;
  readonly #entryMemory: MappedMemory;
  readonly #argument: MappedMemory;
  readonly #argumentWords: Int32Array;
  /** What io_uring_enter(2) is given: the descriptor, or its index among the registered ones. */
  #enterFd: number;
  #enterFlags: number = 0;

  /**
   * Sets a ring up with io_uring_setup(2) and maps it. The ring belongs to this thread when
   * `IORING_SETUP_SINGLE_ISSUER` is among the flags.
   *
   * @returns the ring, or `-errno`: `-EPERM` when io_uring is switched off or forbidden by a
   *   filter, `-EINVAL` for a flag that the kernel does not know, `-ENOMEM` at the memlock limit,
   *   `-ENOSYS` when the kernel has no io_uring or one from before Linux 5.4
   * @throws {LibraryMissingError} when liburing cannot be loaded
   */
  static setup(options: UringOptions): UringMemory | number {
    const parameters = scratch().words.subarray(0, PARAMETER_WORDS);
    parameters.fill(0);
    parameters[1] = options.completionEntries ?? 0;
    const sized = options.completionEntries === undefined ? 0 : IORING_SETUP_CQSIZE;
    parameters[2] = (options.flags ?? 0) | sized;
    const fd = liburing().io_uring_setup(options.entries, scratch().address);
    if (fd < 0) return fd;
    const ring = mapRing(fd, parameters);
    if (typeof ring === "number") {
      closeDescriptor(fd);
      return ring;
    }
    const entries = mapDescriptor(fd, parameters[0]! * SQE_WORDS * 4, OFFSET_OF_ENTRIES);
    if (typeof entries === "number") {
      ring.unmap();
      closeDescriptor(fd);
      return entries;
    }
    return new UringMemory(fd, parameters, ring, entries);
  }

  private constructor(
    fd: number,
    parameters: Int32Array,
    ringMemory: MappedMemory,
    entryMemory: MappedMemory,
  ) {
    // struct io_uring_params: ten words, then the offsets of the two queues, ten words each.
    this.fd = fd;
    this.#enterFd = fd;
    this.features = parameters[5]!;
    this.sqEntries = parameters[0]!;
    this.cqEntries = parameters[1]!;
    this.sqMask = this.sqEntries - 1;
    this.cqMask = this.cqEntries - 1;
    this.ring = new Int32Array(ringMemory.buffer);
    this.sqHeadWord = parameters[10]! / 4;
    this.sqTailWord = parameters[11]! / 4;
    this.sqFlagsWord = parameters[14]! / 4;
    this.sqDroppedWord = parameters[15]! / 4;
    this.cqHeadWord = parameters[20]! / 4;
    this.cqTailWord = parameters[21]! / 4;
    this.cqOverflowWord = parameters[24]! / 4;
    this.cqFlagsWord = parameters[26]! / 4;
    this.sqes = new Int32Array(entryMemory.buffer);
    this.cqes = new Int32Array(ringMemory.buffer, parameters[25], this.cqEntries * CQE_WORDS);
    const indexArrayWord = parameters[16]! / 4;
    for (let index = 0; index < this.sqEntries; index++) this.ring[indexArrayWord + index] = index;
    this.#library = liburing();
    this.#ringMemory = ringMemory;
    this.#entryMemory = entryMemory;
    this.#argument = makeArgument();
    this.#argumentWords = new Int32Array(this.#argument.buffer);
  }

  /**
   * Submits and, with `IORING_ENTER_GETEVENTS`, waits for `minComplete` completions:
   * io_uring_enter(2).
   * @returns how many entries were taken, or `-errno`: `-EINTR`, `-EBUSY` at completion overflow
   */
  enter(toSubmit: number, minComplete: number, flags: number): number {
    const allFlags = flags | this.#enterFlags;
    return this.#library.io_uring_enter(this.#enterFd, toSubmit, minComplete, allFlags, 0);
  }

  /**
   * As {@link enter} with `IORING_ENTER_GETEVENTS`, waiting at most `timeoutMs` (fractions count);
   * needs `IORING_FEAT_EXT_ARG`, Linux 5.11.
   * @returns how many entries were taken, or `-errno`. `-ETIME` is told only when none were to be
   *   submitted; otherwise their number is.
   */
  enterTimeout(toSubmit: number, minComplete: number, flags: number, timeoutMs: number): number {
    writeTimespec(this.#argumentWords, GETEVENTS_BYTES / 4, timeoutMs);
    return this.#library.io_uring_enter2(
      this.#enterFd,
      toSubmit,
      minComplete,
      flags | this.#enterFlags | IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
      this.#argument.address,
      GETEVENTS_BYTES,
    );
  }

  /** io_uring_register(2): `address` and `count` are what the opcode takes. */
  register(opcode: number, address: number, count: number): number {
    return this.#library.io_uring_register(this.fd, opcode, address, count);
  }

  /**
   * Registers the ring's descriptor with this thread, so that {@link enter} spares the kernel
   * looking it up (some 50 ns of 300): `IORING_REGISTER_RING_FDS`, Linux 5.18. A thread has room
   * for 16.
   * @returns 1, or `-errno`, after which everything goes on with the plain descriptor
   */
  registerDescriptor(): number {
    const { address, words } = scratch();
    writeRingUpdate(words, REGISTER_ANY_INDEX, this.fd);
    const result = this.register(IORING_REGISTER_RING_FDS, address, 1);
    if (result < 0) return result;
    this.#enterFd = words[0]!;
    this.#enterFlags = IORING_ENTER_REGISTERED_RING;
    return result;
  }

  /**
   * Unmaps the queues and closes the descriptor. That is no barrier: the kernel cancels what is
   * left in the background and may still write to its memory, so every final completion must have
   * been reaped before (liburing issue 329).
   */
  close(): void {
    if (this.#enterFlags !== 0) {
      // The registration holds the ring open: without this the ring would live as long as the
      // thread.
      const { address, words } = scratch();
      writeRingUpdate(words, this.#enterFd, 0);
      this.register(IORING_UNREGISTER_RING_FDS, address, 1);
    }
    this.#entryMemory.unmap();
    this.#ringMemory.unmap();
    this.#argument.unmap();
    closeDescriptor(this.fd);
  }
}

/** `struct io_uring_rsrc_update`: an index and, when registering, a descriptor. */
function writeRingUpdate(words: Int32Array, index: number, fd: number): void {
  words[0] = index;
  words[1] = 0;
  words[2] = fd;
  words[3] = 0;
}

function mapRing(fd: number, parameters: Int32Array): MappedMemory | number {
  if ((parameters[5]! & IORING_FEAT_SINGLE_MMAP) === 0) return -ENOSYS;
  const submissionBytes = parameters[16]! + parameters[0]! * 4;
  const completionBytes = parameters[25]! + parameters[1]! * CQE_WORDS * 4;
  return mapDescriptor(fd, Math.max(submissionBytes, completionBytes), 0);
}

/**
 * `struct io_uring_getevents_arg`, without a signal mask, followed by the timespec it points to.
 */
function makeArgument(): MappedMemory {
  const memory = mapMemory(GETEVENTS_BYTES + TIMESPEC_BYTES);
  const words = new Int32Array(memory.buffer);
  words[4] = lowWord(memory.address + GETEVENTS_BYTES);
  words[5] = highWord(memory.address + GETEVENTS_BYTES);
  return memory;
}
