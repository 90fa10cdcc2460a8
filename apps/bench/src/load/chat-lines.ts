import { type MappedMemory, mapMemory } from "@bascule/sys";

const SPACE = 32;
const COLON = 58;
const ZERO = 48;
const NEWLINE = 10;
/** `u00042: ` */
const PREFIX_BYTES = 8;
const NAME_BYTES = 6;
const SEQUENCE_DIGITS = 8;

/** Bytes of a line as recipients get it: a multiple of 4, so that lines are compared by words. */
export const LINE_BYTES = 72;
/** Bytes of a line as its sender writes it. */
export const SENT_BYTES: number = LINE_BYTES - PREFIX_BYTES;
const LINE_WORDS = LINE_BYTES / 4;

/** The name of a client: `u00042`. */
export function clientName(client: number): string {
  return `u${String(client).padStart(NAME_BYTES - 1, "0")}`;
}

/** Which clients send: spread over all of them. */
export function senderClients(clients: number, senders: number): number[] {
  return Array.from({ length: senders }, (_, sender) => Math.floor((sender * clients) / senders));
}

/**
 * The lines under way: for each sender a window of them, as recipients must get them. A line is its
 * sender's name, a number and letters that depend on both, so that what is lost, doubled, reordered
 * or damaged differs from the line that is expected.
 */
export class ChatLines {
  readonly #memory: MappedMemory;
  readonly #words: Int32Array;
  readonly #window: number;

  constructor(clientsOfSenders: readonly number[], window: number) {
    this.#window = window;
    this.#memory = mapMemory(clientsOfSenders.length * window * LINE_BYTES);
    this.#words = new Int32Array(this.#memory.buffer, 0, this.#memory.byteLength >> 2);
    const { bytes } = this.#memory;
    for (const [sender, client] of clientsOfSenders.entries()) {
      const prefix = new TextEncoder().encode(`${clientName(client)}: `);
      for (let slot = 0; slot < window; slot++) {
        bytes.set(prefix, (sender * window + slot) * LINE_BYTES);
      }
    }
  }

  /** Writes a sender's line with this number into its place in the window. */
  write(sender: number, sequence: number): void {
    const { bytes } = this.#memory;
    let at = this.#start(sender, sequence) + PREFIX_BYTES;
    for (let digit = SEQUENCE_DIGITS - 1, rest = sequence; digit >= 0; digit--) {
      bytes[at + digit] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    at += SEQUENCE_DIGITS;
    bytes[at++] = SPACE;
    const end = this.#start(sender, sequence) + LINE_BYTES - 1;
    for (let letter = sender * 7 + sequence; at < end; at++, letter++)
      bytes[at] = 97 + (letter % 26);
    bytes[end] = NEWLINE;
  }

  /** The bytes of a line as its sender writes it. */
  sentBytes(sender: number, sequence: number): Uint8Array {
    const start = this.#start(sender, sequence);
    return this.#memory.bytes.subarray(start + PREFIX_BYTES, start + LINE_BYTES);
  }

  /** Whether the words at `from` are a sender's line with this number. */
  matches(sender: number, sequence: number, words: Int32Array, from: number): boolean {
    const expected = this.#words;
    const start = this.#start(sender, sequence) >> 2;
    for (let i = 0; i < LINE_WORDS; i++) {
      if (expected[start + i] !== words[from + i]) return false;
    }
    return true;
  }

  #start(sender: number, sequence: number): number {
    return (sender * this.#window + (sequence % this.#window)) * LINE_BYTES;
  }
}

/** The client whose name a line begins with; -1 when it begins otherwise. */
export function clientOfLine(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== 117 || bytes[from + NAME_BYTES] !== COLON) return -1;
  let client = 0;
  for (let at = from + 1; at < from + NAME_BYTES; at++)
    client = client * 10 + (bytes[at] ?? 0) - ZERO;
  return client;
}
