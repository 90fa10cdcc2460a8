import { mapMemory } from "./memory.ts";

const SCRATCH_BYTES = 4096;

/** A page for the small structures of synchronous system calls: it never moves. */
export interface Scratch {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly view: DataView;
}

let page: Scratch | undefined;

/**
 * This thread's scratch page, mapped on first use. What is in it lasts until the next wrapper is
 * called, so it serves one synchronous system call at a time and never an asynchronous one.
 */
export function scratch(): Scratch {
  return page ?? makePage();
}

function makePage(): Scratch {
  const memory = mapMemory(SCRATCH_BYTES);
  page = {
    address: memory.address,
    bytes: memory.bytes,
    words: new Int32Array(memory.buffer),
    view: new DataView(memory.buffer),
  };
  return page;
}

/**
 * Writes text with a terminating null byte at an offset of the scratch page; returns its address.
 */
export function scratchText(text: string, offset: number): number {
  const { address, bytes } = scratch();
  const { written } = encoder.encodeInto(text, bytes.subarray(offset, SCRATCH_BYTES - 1));
  bytes[offset + written] = 0;
  return address + offset;
}

const encoder = new TextEncoder();
