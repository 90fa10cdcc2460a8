import { InvariantError } from "../errors.ts";
import type { Block } from "./buffer-pools.ts";
import { IDLE, type Operation } from "./operation.ts";

/** What memory that nobody holds is filled with: no text, no end of text, no small number. */
const POISON = 0xdb;
const REFERENCE_BYTES = 65536;
const PAGE_BYTES = 4096;
const OFF: readonly (string | undefined)[] = [undefined, "", "0", "off"];

/**
 * Memory of a pool was written to while nobody held it: the kernel, or who kept a view of it, came
 * too late. Its next owner would have read, or sent, somebody else's bytes.
 */
export class LateWriteError extends InvariantError {
  override readonly name: string = "LateWriteError";
  override readonly code: string = "ERR_BASCULE_LATE_WRITE";
  /** The operation that had the memory last: `recv (operation 3, …)`; null when none had. */
  readonly operation: string | null;

  constructor(place: string, operation: string | null) {
    super(`Memory was written to after it was given back: ${place}, ${describeLast(operation)}`);
    this.operation = operation;
  }
}

/** Who had memory last. */
interface Use {
  readonly operation: Operation;
  readonly generation: number;
  readonly name: string;
}

/**
 * Finds late writes: pools poison what is given back, and check it before it is used again. For
 * tests and for hunting: it reads and writes every buffer once more each time. A driver makes one
 * for its ledger, its send pool and its receive pool, or none.
 */
export class Canaries {
  /** The first late write that was found where it could not be thrown. */
  found: LateWriteError | null = null;
  readonly #reference: Uint8Array = new Uint8Array(REFERENCE_BYTES).fill(POISON);
  /** Where send memory begins and ends, slab by slab. */
  readonly #regions: [start: number, end: number][] = [];
  readonly #usesOfPages: Map<number, Use> = new Map();
  readonly #usesOfBuffers: Map<number, Use> = new Map();

  /** Canaries when the options, or else `BASCULE_CANARIES`, ask for them; null is none. */
  static from(options: { readonly canaries?: boolean | undefined }): Canaries | null {
    const wanted = options.canaries ?? !OFF.includes(Bun.env["BASCULE_CANARIES"]);
    return wanted ? new Canaries() : null;
  }

  /** Send memory that blocks are cut from. */
  watch(address: number, bytes: Uint8Array): void {
    this.#regions.push([address, address + bytes.byteLength]);
    this.poison(bytes);
  }

  poison(bytes: Uint8Array): void {
    bytes.fill(POISON);
  }

  /** An operation is submitted: the memory at its address is its own for a while. */
  lent(operation: Operation): void {
    const { address } = operation;
    if (!this.#regions.some(([start, end]) => address >= start && address < end)) return;
    this.#usesOfPages.set(Math.floor(address / PAGE_BYTES), useOf(operation));
  }

  /** An operation completes into a buffer of the receive pool. */
  bufferLent(bufferId: number, operation: Operation): void {
    this.#usesOfBuffers.set(bufferId, useOf(operation));
  }

  /** @throws LateWriteError when a block that nobody holds is not as it was given back */
  checkBlock(block: Block): void {
    const at = this.#firstChange(block.bytes);
    if (at < 0) return;
    const first = Math.floor(block.address / PAGE_BYTES);
    let page = Math.floor((block.address + at) / PAGE_BYTES);
    // Whoever was lent a stretch that begins before the change.
    while (page > first && !this.#usesOfPages.has(page)) page--;
    const place = `byte ${at} of the send block at ${block.address} is ${block.bytes[at]}`;
    throw new LateWriteError(place, nameOf(this.#usesOfPages.get(page)));
  }

  /**
   * As {@link checkBlock}, where an error has nobody to go to, or would keep a teardown from its
   * end: warns, and keeps the error for {@link throwFound}.
   */
  noteBlock(block: Block): void {
    try {
      this.checkBlock(block);
    } catch (error) {
      this.#keep(error);
    }
  }

  /**
   * As {@link noteBlock}, for a buffer of the receive pool, which is looked at in a turn.
   * @param bytes what of the buffer nobody has a reason to write to
   */
  noteBuffer(bufferId: number, bytes: Uint8Array): void {
    const at = this.#firstChange(bytes);
    if (at < 0) return;
    const fromEnd = bytes.byteLength - at;
    const place = `receive buffer ${bufferId}, ${fromEnd} bytes from its end, is ${bytes[at]}`;
    this.#keep(new LateWriteError(place, nameOf(this.#usesOfBuffers.get(bufferId))));
  }

  /** @throws LateWriteError when one was found meanwhile */
  throwFound(): void {
    if (this.found !== null) throw this.found;
  }

  #keep(error: unknown): void {
    if (!(error instanceof LateWriteError)) throw error;
    if (this.found === null) process.emitWarning(error);
    this.found ??= error;
  }

  #firstChange(bytes: Uint8Array): number {
    const reference = this.#reference;
    for (let start = 0; start < bytes.byteLength; start += REFERENCE_BYTES) {
      const part = bytes.subarray(start, start + REFERENCE_BYTES);
      if (Buffer.compare(part, reference.subarray(0, part.byteLength)) === 0) continue;
      return start + part.findIndex((byte) => byte !== POISON);
    }
    return -1;
  }
}

function useOf(operation: Operation): Use {
  const { slot, generation, fd, kind } = operation;
  const whose = `(operation ${slot}, generation ${generation}, descriptor ${fd})`;
  return { operation, generation, name: `${kind?.name ?? "nothing"} ${whose}` };
}

function nameOf(use: Use | undefined): string | null {
  if (use === undefined) return null;
  const { operation, generation, name } = use;
  const isOver = operation.generation !== generation || operation.state === IDLE;
  return `${name}, ${isOver ? "whose final completion has come" : "which is still in flight"}`;
}

function describeLast(operation: string | null): string {
  return operation === null ? "which no operation had before" : `last lent to ${operation}`;
}
