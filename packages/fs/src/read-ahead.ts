import type { WaitOptions } from "@bascule/core";
import type { File } from "./file.ts";
import type { OpenFile } from "./open-file.ts";

/** Reads from a file's own position, and gives back what nobody has taken of it. */
export class ReadAhead {
  readonly #file: File;
  readonly #opened: OpenFile;
  /** Where the file was after the last read. */
  #position: number = -1;

  constructor(file: File, opened: OpenFile) {
    this.#file = file;
    this.#opened = opened;
  }

  /** As the file's `read`. */
  async read(options: { length: number } & WaitOptions): Promise<Uint8Array> {
    const bytes = await this.#file.read(options);
    this.#position = this.#opened.position;
    return bytes;
  }

  /** Leaves the last bytes that were read to the next read, unless somebody has moved on since. */
  giveBack(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#opened.giveBack(bytes, this.#position);
  }
}
