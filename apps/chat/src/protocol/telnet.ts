/** RFC 854: commands are introduced by IAC and stand between the bytes of the text. */
const IAC = 255;
const WILL = 251;
const DONT = 254;
const SUBNEGOTIATION = 250;
const SUBNEGOTIATION_END = 240;

type State = "text" | "command" | "option" | "subnegotiation" | "subnegotiation command";

/**
 * Takes telnet's negotiation out of the bytes of a connection, line by line. A sequence may hold
 * the byte of a newline (a window 10 rows high, say), which the reader of lines takes for the end
 * of one: then {@link isInside} is true, and the line goes on with the next.
 */
export class TelnetFilter {
  #state: State = "text";

  /**
   * Whether the bytes so far end inside a sequence, so that the newline after them belongs to it.
   */
  get isInside(): boolean {
    return this.#state !== "text" && this.#state !== "command";
  }

  /** The bytes of a line that are text. */
  strip(bytes: Uint8Array): Uint8Array {
    this.#beginLine();
    if (this.#state === "text" && bytes.indexOf(IAC) < 0) return bytes;
    const text = new Uint8Array(bytes.byteLength);
    let byteLength = 0;
    for (const byte of bytes) if (this.#isText(byte)) text[byteLength++] = byte;
    return text.subarray(0, byteLength);
  }

  /** A line was dropped unseen. */
  reset(): void {
    this.#state = "text";
  }

  /**
   * The newline before this line was the option that a command still lacked, or nothing special.
   */
  #beginLine(): void {
    if (this.#state !== "subnegotiation") {
      this.#state = this.#state === "subnegotiation command" ? "subnegotiation" : "text";
    }
  }

  #isText(byte: number): boolean {
    switch (this.#state) {
      case "command":
        this.#state = afterCommand(byte);
        return byte === IAC; // IAC IAC is the byte 255 of the text.
      case "option":
        this.#state = "text";
        return false;
      case "subnegotiation":
        if (byte === IAC) this.#state = "subnegotiation command";
        return false;
      case "subnegotiation command":
        this.#state = byte === SUBNEGOTIATION_END ? "text" : "subnegotiation";
        return false;
      case "text":
        if (byte === IAC) this.#state = "command";
    }
    return byte !== IAC;
  }
}

function afterCommand(byte: number): State {
  if (byte === SUBNEGOTIATION) return "subnegotiation";
  return byte >= WILL && byte <= DONT ? "option" : "text";
}
