import type { Output } from "./standard-streams.ts";

const GATHERED_MAX = 32 * 1024;

/** Gathers lines, so that many of them leave in one write. */
export class OutputLines {
  readonly #output: Output;
  readonly #encoding: BufferEncoding;
  #gathered: string = "";

  constructor(output: Output, encoding: BufferEncoding = "utf8") {
    this.#output = output;
    this.#encoding = encoding;
  }

  /** Returns null, or when enough has gathered, a promise to wait for before the next line. */
  write(line: string): Promise<void> | null {
    this.#gathered += `${line}\n`;
    return this.#gathered.length < GATHERED_MAX ? null : this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#gathered;
    this.#gathered = "";
    await this.#output.write(Buffer.from(text, this.#encoding));
  }
}
