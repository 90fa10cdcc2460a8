/** RFC 854: commands are introduced by IAC and stand between the bytes of the text. */
const IAC = 255;
const WILL = 251;
const DONT = 254;
const SUBNEGOTIATION = 250;
const SUBNEGOTIATION_END = 240;
const NEWLINE = 10;

/**
 * No subnegotiation of a real telnet is longer than this, or has more newlines in it: those of a
 * window of 10 columns and 10 rows. What goes on is text with two stray bytes before it.
 */
const SUBNEGOTIATION_BYTES_MAX = 512;
const SUBNEGOTIATION_NEWLINES_MAX = 2;

type State = "text" | "command" | "option" | "subnegotiation" | "subnegotiation command";

/**
 * Takes telnet's negotiation out of the bytes of a connection, line by line. A sequence may hold
 * the byte of a newline (a window 10 rows high, say), which the reader of lines takes for the end
 * of one: then {@link isInside} is true, and the line goes on with the next.
 */
export class TelnetFilter {
  #state: State = "text";
  /** The subnegotiation so far, from its first byte: text after all when it does not end. */
  #subnegotiation: number[] = [];
  #newlines: number = 0;

  /**
   * Whether the bytes so far end inside a sequence, so that the newline after them belongs to it.
   */
  get isInside(): boolean {
    return this.#state !== "text" && this.#state !== "command";
  }

  /**
   * The bytes of a line that are text. There are newlines in it when they come from lines before
   * that seemed to be a subnegotiation.
   */
  strip(bytes: Uint8Array): Uint8Array {
    this.#beginLine();
    if (this.#state === "text" && bytes.indexOf(IAC) < 0) return bytes;
    const text: number[] = [];
    for (const byte of bytes) this.#take(byte, text);
    if (this.#newlines === SUBNEGOTIATION_NEWLINES_MAX) this.#giveBack(text);
    return Uint8Array.from(text);
  }

  /** Nothing follows: what is text after all. */
  end(): Uint8Array {
    const text: number[] = [];
    this.#giveBack(text);
    return Uint8Array.from(text);
  }

  /** A line was dropped unseen. */
  reset(): void {
    this.#state = "text";
    this.#subnegotiation = [];
    this.#newlines = 0;
  }

  /**
   * The newline before this line was the option that a command still lacked, or nothing special.
   */
  #beginLine(): void {
    if (this.#subnegotiation.length === 0) {
      this.#state = "text";
    } else {
      this.#state = "subnegotiation";
      this.#subnegotiation.push(NEWLINE);
      this.#newlines += 1;
    }
  }

  #take(byte: number, text: number[]): void {
    if (this.#subnegotiation.length >= SUBNEGOTIATION_BYTES_MAX) this.#giveBack(text);
    switch (this.#state) {
      case "text":
        if (byte === IAC) this.#state = "command";
        else text.push(byte);
        return;
      case "command":
        this.#state = afterCommand(byte);
        if (byte === IAC) text.push(byte); // IAC IAC is the byte 255 of the text.
        if (byte === SUBNEGOTIATION) this.#subnegotiation = [IAC, byte];
        return;
      case "option":
        this.#state = "text";
        return;
      case "subnegotiation":
        this.#subnegotiation.push(byte);
        if (byte === IAC) this.#state = "subnegotiation command";
        return;
      case "subnegotiation command":
        this.#subnegotiation.push(byte);
        if (byte === SUBNEGOTIATION_END) this.reset();
        else this.#state = "subnegotiation";
    }
  }

  /** What seemed to be a subnegotiation is none. */
  #giveBack(text: number[]): void {
    text.push(...this.#subnegotiation);
    this.reset();
  }
}

function afterCommand(byte: number): State {
  if (byte === SUBNEGOTIATION) return "subnegotiation";
  return byte >= WILL && byte <= DONT ? "option" : "text";
}
