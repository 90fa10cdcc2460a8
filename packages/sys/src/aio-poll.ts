import { toArrayBuffer } from "bun:ffi";
import { isMainThread } from "node:worker_threads";
import { EINTR, ENOSYS, EPERM } from "./errno.ts";
import { libc, orErrno } from "./libc.ts";
import { mapMemory, type MappedMemory } from "./memory.ts";
import { POLLIN } from "./operations/poll.ts";
import { fromWords, highWord, lowWord } from "./words.ts";

const ARM64 = process.arch === "arm64";
const SYS_IO_SETUP = ARM64 ? 0 : 206;
const SYS_IO_DESTROY = ARM64 ? 1 : 207;
const SYS_IO_SUBMIT = ARM64 ? 2 : 209;
const SYS_IO_CANCEL = ARM64 ? 3 : 210;
const SYS_IO_GETEVENTS = ARM64 ? 4 : 208;

const IOCB_CMD_POLL = 5;
const IOCB_FLAG_RESFD = 1;

// Layout of our page: the control block, the pointer to it, the context's id, room for its event.
const CONTROL_WORDS = 16;
const FLAGS_WORD = 14;
const POINTER_WORD = 16;
const CONTEXT_WORD = 18;
const EVENT_AT = 128;
const PAGE_BYTES = 256;

// Layout of the kernel's completion ring, struct aio_ring, to which the context's id is the
// address.
const RING_BYTES = 32;
const RING_HEAD = 2;
const RING_TAIL = 3;
const RING_MAGIC = 4;
const RING_INCOMPATIBLE = 6;
const MAGIC = 0xa10a10a1 | 0;

/**
 * Pages of contexts that nobody uses any more. io_destroy(2) waits for an RCU grace period, 30 ms
 * and more, so that a program that makes and drops runtimes should not pay it each time. A worker's
 * are destroyed, because nobody would be left to use them.
 */
const idle: MappedMemory[] = [];
const IDLE_MAX = 4;

/**
 * Has the kernel signal an eventfd when an epoll set becomes readable: one Linux AIO request,
 * `IOCB_CMD_POLL` with `IOCB_FLAG_RESFD`, Linux 4.18, see io_submit(2). That is how Bun's loop,
 * which can watch an eventfd but no other descriptor, learns of an epoll set's events. One-shot:
 * `arm` again after each signal.
 */
export class AioPoll {
  readonly #context: number;
  readonly #memory: MappedMemory;
  /** The kernel's ring, or `null` when it has another layout than the one we know. */
  readonly #ring: Int32Array | null;
  #armed: boolean = false;
  #closed: boolean = false;

  /**
   * Sets up a context for one request, or takes over one that is idle: io_setup(2).
   * @returns the watch, or `-errno`: `-EAGAIN` when the system is at `fs.aio-max-nr`, `-ENOSYS`
   *   when the kernel has no AIO, `-EINVAL` when its AIO cannot poll (a sandbox's, or one from
   *   before Linux 4.18), `-EPERM` when a filter forbids one of the calls
   */
  static create(epollFd: number, eventFd: number): AioPoll | number {
    const known = idle.pop();
    if (known !== undefined) return new AioPoll(epollFd, eventFd, known);
    const memory = setUpContext();
    if (typeof memory === "number") return memory;
    const watch = new AioPoll(epollFd, eventFd, memory);
    const result = watch.#try();
    return result < 0 ? result : watch;
  }

  private constructor(epollFd: number, eventFd: number, memory: MappedMemory) {
    const words = new Int32Array(memory.buffer);
    // struct iocb: data, key and flags, opcode, descriptor, events, …, flags, eventfd.
    words.fill(0, 0, CONTROL_WORDS);
    words[4] = IOCB_CMD_POLL;
    words[5] = epollFd;
    words[6] = POLLIN;
    words[FLAGS_WORD] = IOCB_FLAG_RESFD;
    words[15] = eventFd;
    words[POINTER_WORD] = lowWord(memory.address);
    words[POINTER_WORD + 1] = highWord(memory.address);
    this.#memory = memory;
    this.#context = fromWords(words[CONTEXT_WORD]!, words[CONTEXT_WORD + 1]!);
    const ring = new Int32Array(toArrayBuffer(this.#context, 0, RING_BYTES));
    const known = ring[RING_MAGIC] === MAGIC && ring[RING_INCOMPATIBLE] === 0;
    this.#ring = known ? ring : null;
  }

  /** Whether a request is with the kernel whose completion has not been reaped. */
  get armed(): boolean {
    return this.#armed;
  }

  /**
   * Asks for a signal of the eventfd as soon as the epoll set is readable, which may be at once:
   * io_submit(2). Does nothing while armed.
   * @returns 1, 0 when it was armed already, or `-errno`
   */
  arm(): number {
    if (this.#armed && !this.reap()) return 0;
    const pointer = this.#memory.address + POINTER_WORD * 4;
    const result = orErrno(libc().syscall(SYS_IO_SUBMIT, this.#context, 1, pointer, 0, 0, 0));
    if (result === 1) this.#armed = true;
    return result;
  }

  /**
   * Takes the completion out of the kernel's ring, without a system call where the ring's layout is
   * the known one. Must follow each signal, or the ring would fill.
   * @returns whether the request had completed, so that it wants to be armed again
   */
  reap(): boolean {
    if (!this.#armed) return false;
    const ring = this.#ring;
    if (ring === null) return this.#reapWithCall();
    const tail = Atomics.load(ring, RING_TAIL);
    if (Atomics.load(ring, RING_HEAD) === tail) return false;
    Atomics.store(ring, RING_HEAD, tail);
    this.#armed = false;
    return true;
  }

  /** Cancels the request, waits until the kernel has let go of it, and frees it or keeps it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const isIdle = this.#cancel() >= 0;
    if (isIdle && isMainThread && idle.length < IDLE_MAX) idle.push(this.#memory);
    else this.#free();
  }

  /**
   * Asks once and takes it back, without a signal: a kernel that sets a context up may still refuse
   * what it is for.
   */
  #try(): number {
    const words = new Int32Array(this.#memory.buffer);
    words[FLAGS_WORD] = 0;
    const armed = this.arm();
    words[FLAGS_WORD] = IOCB_FLAG_RESFD;
    const result = armed < 0 ? armed : this.#cancel();
    if (result < 0) this.#free();
    return result;
  }

  /** io_destroy(2) waits until the kernel has let go of what it was asked. */
  #free(): void {
    libc().syscall(SYS_IO_DESTROY, this.#context, 0, 0, 0, 0, 0);
    this.#memory.unmap();
  }

  /**
   * io_cancel(2) only asks: the completion that follows is what says that the kernel has let go.
   * @returns `-errno` when one of the two calls is refused, and so the request may go on
   */
  #cancel(): number {
    if (!this.#armed || this.reap()) return 0;
    const event = this.#memory.address + EVENT_AT;
    const control = this.#memory.address;
    const asked = orErrno(libc().syscall(SYS_IO_CANCEL, this.#context, control, event, 0, 0, 0));
    if (asked === -EPERM || asked === -ENOSYS) return asked;
    for (;;) {
      const count = orErrno(libc().syscall(SYS_IO_GETEVENTS, this.#context, 1, 1, event, 0, 0));
      if (count === -EINTR) continue;
      if (count === 1) this.#armed = false;
      return count;
    }
  }

  #reapWithCall(): boolean {
    const event = this.#memory.address + EVENT_AT;
    // No time-out is needed: at least 0 events means that the call does not wait.
    const count = libc().syscall(SYS_IO_GETEVENTS, this.#context, 0, 1, event, 0, 0);
    if (count === 1) this.#armed = false;
    return count === 1;
  }
}

/** A page with a new context in it, or `-errno`: io_setup(2). */
function setUpContext(): MappedMemory | number {
  const memory = mapMemory(PAGE_BYTES);
  const contextAddress = memory.address + CONTEXT_WORD * 4;
  const result = orErrno(libc().syscall(SYS_IO_SETUP, 1, contextAddress, 0, 0, 0, 0));
  if (result >= 0) return memory;
  memory.unmap();
  return result;
}
