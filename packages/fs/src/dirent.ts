import { DT_BLK, DT_CHR, DT_DIR, DT_FIFO, DT_LNK, DT_REG, DT_SOCK } from "@bascule/sys";

/** An entry of a directory, with its type: what `readdir` gives with `withFileTypes`. */
export class Dirent<Name extends string | Buffer = string> {
  readonly name: Name;
  /** The directory it is in, as it was named to `readdir`. */
  readonly parentPath: string;
  readonly #type: number;

  constructor(name: Name, parentPath: string, type: number) {
    this.name = name;
    this.parentPath = parentPath;
    this.#type = type;
  }

  isFile(): boolean {
    return this.#type === DT_REG;
  }

  isDirectory(): boolean {
    return this.#type === DT_DIR;
  }

  isSymbolicLink(): boolean {
    return this.#type === DT_LNK;
  }

  isFIFO(): boolean {
    return this.#type === DT_FIFO;
  }

  isSocket(): boolean {
    return this.#type === DT_SOCK;
  }

  isCharacterDevice(): boolean {
    return this.#type === DT_CHR;
  }

  isBlockDevice(): boolean {
    return this.#type === DT_BLK;
  }
}
