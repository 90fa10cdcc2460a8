import type { WaitOptions } from "@bascule/core";
import type { OpenFile } from "./open-file.ts";
import { keepRead, memoryToRead } from "./read-memory.ts";

/** Makes a call of an open file: it is refused after `close`, which waits for it otherwise. */
export type Track = <T>(options: WaitOptions, work: () => Promise<T>) => Promise<T>;

/** Reads from a file's own position, and gives back what nobody has taken of it. */
export class ReadAhead {
  readonly #file: OpenFile;
  readonly #track: Track;
  /** Where the file was after the last read. */
  #position: number = -1;

  constructor(file: OpenFile, track: Track) {
    this.#file = file;
    this.#track = track;
  }

  /** As the file's `read`. */
  read(length: number, options: WaitOptions): Promise<Uint8Array> {
    const file = this.#file;
    const work = async (): Promise<Uint8Array> => {
      const bytes = memoryToRead(file.runtime, length);
      const count = await file.readInto(bytes, -1, options);
      // Asked while the turn lasts: afterwards it may be where another read has left it.
      this.#position = file.position;
      return keepRead(bytes, count);
    };
    return this.#track(options, () => file.turns.run(work, options));
  }

  /** Leaves the last bytes that were read to the next read, unless somebody has moved on since. */
  giveBack(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#file.giveBack(bytes, this.#position);
  }
}
