import type { Block } from "@bascule/core";

/**
 * Segments whose blocks were sent, for the next ones of any socket: what was used last is still in
 * the processor's cache.
 */
const spares: Segment[] = [];
const SPARES_MAX = 1024;

/** Of a moved buffer that was taken back: the reason of its abort may be anything, null as well. */
export const WITHDRAWN: unique symbol = Symbol("withdrawn");

/**
 * A stretch of bytes to send: in a block of the send pool, or a whole buffer that was moved here.
 */
export class Segment {
  block: Block | null;
  /** Keeps moved memory alive while the kernel may read it. */
  readonly root: unknown;
  address: number;
  start: number = 0;
  end: number = 0;
  next: Segment | null = null;
  /** Told null when the last byte is sent, or why the segment is dropped. */
  onDone: ((failure: unknown) => void) | null = null;
  /** Whether it was taken back while it was being sent. */
  isWithdrawn: boolean = false;

  constructor(block: Block | null, address: number, root: unknown) {
    this.block = block;
    this.address = address;
    this.root = root;
  }
}

/** A segment with an empty block. */
export function segmentOf(block: Block): Segment {
  const segment = spares.pop();
  if (segment === undefined) return new Segment(block, block.address, null);
  segment.block = block;
  segment.address = block.address;
  segment.start = 0;
  segment.end = 0;
  return segment;
}

/** Keeps a segment for {@link segmentOf}: its block is somebody else's now. */
export function keepSegment(segment: Segment): void {
  // One behind it may root a moved buffer.
  segment.next = null;
  segment.block = null;
  if (spares.length < SPARES_MAX) spares.push(segment);
}
