import type { File } from "@bascule/fs";

const GATHERED_MAX = 32 * 1024;

/** Gathers lines, so that many of them leave in one write. */
export class OutputLines {
  readonly #file: File;
  #gathered: string = "";

  constructor(file: File) {
    this.#file = file;
  }

  /** Returns null, or when enough has gathered, a promise to wait for before the next line. */
  write(line: string): Promise<void> | null {
    this.#gathered += `${line}\n`;
    return this.#gathered.length < GATHERED_MAX ? null : this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#gathered;
    this.#gathered = "";
    await this.#file.write(text);
  }
}
