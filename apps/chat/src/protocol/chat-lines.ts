import { type LineReader, LineTooLongError, type StreamSocket } from "@bascule/net";
import { TelnetFilter } from "./telnet.ts";

export const LINE_BYTES_MAX: number = 8192;

/** The lines of one client: telnet's negotiation is taken out, invalid UTF-8 is replaced. */
export class ChatLines {
  readonly #lines: LineReader;
  readonly #telnet: TelnetFilter = new TelnetFilter();
  readonly #decoder: TextDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The beginning of a line whose newline was not its end but part of a telnet sequence. */
  #begun: string = "";
  /** Lines that came one after the other and were taken for a telnet sequence until now. */
  readonly #ready: string[] = [];
  /** The last line read was negotiation and nothing else: a keep-alive, or the end of a session. */
  #isOnlyTelnet: boolean = false;

  constructor(stream: StreamSocket) {
    this.#lines = stream.lines({
      maxBytes: LINE_BYTES_MAX,
      decode: (bytes) => this.#decode(bytes),
    });
  }

  /**
   * The next line; null when the client has closed its side. What comes after the last newline
   * counts as a line.
   * @throws (rejects) LineTooLongError, and goes on with the line after it
   */
  async next(): Promise<string | null> {
    for (;;) {
      if (this.#ready.length > 0) return withoutReturns(this.#ready.shift() ?? "");
      const line = await this.#read();
      if (line !== null && this.#isWhole(line)) return withoutReturns(line);
      const text = line ?? this.#decoder.decode(this.#telnet.end());
      if (line === null && text === "" && this.#begun === "") return null;
      if (line !== null && this.#isOnlyTelnet && this.#begun === "") continue;
      const lines = (this.#begun + text).split("\n");
      if (lines.some(({ length }) => length > LINE_BYTES_MAX)) this.#refuse();
      this.#begun = line !== null && this.#telnet.isInside ? (lines.pop() ?? "") : "";
      this.#ready.push(...lines);
    }
  }

  /** Whether it is a line as it came: all are, but those with telnet in them. */
  #isWhole(line: string): boolean {
    if (this.#begun !== "" || this.#isOnlyTelnet || this.#telnet.isInside) return false;
    return !line.includes("\n");
  }

  #decode(bytes: Uint8Array): string {
    const rest = this.#telnet.strip(bytes);
    // What follows a newline that belongs to telnet may be the rest of a character.
    const text = this.#decoder.decode(rest, { stream: this.#telnet.isInside });
    this.#isOnlyTelnet = text === "" && bytes.byteLength > 0;
    return text;
  }

  async #read(): Promise<string | null> {
    try {
      return await this.#lines.next();
    } catch (error) {
      if (error instanceof LineTooLongError) this.#refuse();
      throw error;
    }
  }

  #refuse(): never {
    this.#begun = "";
    this.#telnet.reset();
    this.#decoder.decode();
    throw new LineTooLongError(LINE_BYTES_MAX);
  }
}

/** Telnet sends a return that was typed as CR NUL (RFC 854), before the end of its line. */
function withoutReturns(text: string): string {
  let end = text.length;
  for (;;) {
    if (text[end - 1] === "\r") end -= 1;
    else if (text[end - 1] === "\0" && text[end - 2] === "\r") end -= 2;
    else return text.slice(0, end);
  }
}
