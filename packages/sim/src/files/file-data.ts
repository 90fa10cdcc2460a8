import type { Choices } from "../choices.ts";

const SECTOR_BYTES = 512;

interface PendingWrite {
  readonly at: number;
  readonly bytes: Uint8Array;
  /** The size afterwards. */
  readonly size: number;
  /** It survives a crash, with others around it that may not. */
  isDurable: boolean;
}

/** What a crash took from a file. */
export interface Loss {
  /** Of how many bytes that were not synced, how many. */
  readonly unsyncedBytes: number;
  readonly lostBytes: number;
  /** A size that the file was given, and does not have; null for none. */
  readonly lostSize: number | null;
}

/**
 * What is in a file, and what of it is on the disk. A write is in memory until the file is synced;
 * a crash keeps any of those that were not, whole or in part.
 */
export class FileData {
  #bytes: Uint8Array = new Uint8Array(0);
  size: number = 0;
  #durable: Uint8Array = new Uint8Array(0);
  #pending: PendingWrite[] = [];
  /** Bytes that will never be written. */
  #droppedBytes: number = 0;

  /** Fills `target` from a position. @returns how many bytes there were */
  read(at: number, target: Uint8Array): number {
    const count = Math.min(target.byteLength, Math.max(0, this.size - at));
    target.set(this.#bytes.subarray(at, at + count));
    return count;
  }

  write(at: number, bytes: Uint8Array): void {
    this.#put(at, bytes);
    this.#pending.push({ at, bytes: bytes.slice(), size: this.size, isDurable: false });
  }

  /** Writes as to a file opened with `O_SYNC`: this survives a crash, and so does the size. */
  writeDurably(at: number, bytes: Uint8Array): void {
    this.write(at, bytes);
    const pending = this.#pending;
    pending.forEach((each, index) => {
      if (each.bytes.byteLength === 0 || index === pending.length - 1) each.isDurable = true;
    });
    if (pending.every(({ isDurable }) => isDurable)) this.sync();
  }

  /** Cuts the file off, or extends it by zeros. */
  resize(size: number): void {
    this.#setSize(size);
    this.#pending.push({ at: 0, bytes: new Uint8Array(0), size, isDurable: false });
  }

  /** Everything so far survives a crash. */
  sync(): void {
    if (this.#pending.length === 0) return;
    this.#durable = this.#bytes.slice(0, this.size);
    this.#pending = [];
  }

  /** Nothing leads to the file any more: what is in memory only is not worth a write. */
  drop(): void {
    for (const { bytes, isDurable } of this.#pending) {
      if (!isDurable) this.#droppedBytes += bytes.byteLength;
    }
    this.#pending = this.#pending.filter(({ isDurable }) => isDurable);
    this.#bytes = new Uint8Array(0);
    this.size = 0;
  }

  /** The power fails. @param tornWrites how likely a write that survives does so in part only */
  crash(choices: Choices, tornWrites: number): Loss {
    const pending = this.#pending;
    let [unsyncedBytes, lostBytes] = [this.#droppedBytes, this.#droppedBytes];
    this.#droppedBytes = 0;
    let lostSize: number | null = null;
    this.#bytes = this.#durable.slice();
    this.size = this.#durable.byteLength;
    for (const write of pending) {
      const isResize = write.bytes.byteLength === 0;
      const kept = this.#surviving(write, choices, tornWrites);
      if (!write.isDurable) unsyncedBytes += write.bytes.byteLength;
      lostBytes += write.bytes.byteLength - (kept?.byteLength ?? 0);
      if (kept === null && isResize) lostSize = write.size;
      else if (isResize) this.#setSize(write.size);
      else if (kept !== null) this.#put(write.at, kept);
    }
    this.#pending = [];
    this.#durable = this.#bytes.slice(0, this.size);
    // It may have come to that size in another way.
    return { unsyncedBytes, lostBytes, lostSize: lostSize === this.size ? null : lostSize };
  }

  /** What of a write survives a crash; null when nothing of it has happened. */
  #surviving(
    { bytes, isDurable }: PendingWrite,
    choices: Choices,
    tornWrites: number,
  ): Uint8Array | null {
    if (isDurable) return bytes;
    if (choices.choose(2) === 0) return null;
    const isTorn = bytes.byteLength > SECTOR_BYTES && choices.chance(tornWrites);
    return isTorn ? this.#tear(bytes, choices) : bytes;
  }

  #tear(bytes: Uint8Array, choices: Choices): Uint8Array {
    const sectors = Math.floor(bytes.byteLength / SECTOR_BYTES);
    return bytes.subarray(0, choices.choose(sectors) * SECTOR_BYTES);
  }

  #put(at: number, bytes: Uint8Array): void {
    const end = at + bytes.byteLength;
    if (end > this.size) this.#setSize(end);
    this.#bytes.set(bytes, at);
  }

  #setSize(size: number): void {
    if (size > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(size, this.#bytes.byteLength * 2));
      grown.set(this.#bytes.subarray(0, this.size));
      this.#bytes = grown;
    } else if (size < this.size) {
      this.#bytes.fill(0, size, this.size);
    }
    this.size = size;
  }
}
