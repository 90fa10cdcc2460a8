import { type ChatLines, clientOfLine, LINE_BYTES } from "./chat-lines.ts";

/** Called for every line that is right. */
export type OnDelivery = (sender: number, sequence: number) => void;

/**
 * The receiving side of the chat load: every client must get every line of every other sender
 * exactly once, whole, and in the order in which that sender wrote them. So the next line of a
 * sender is known to the byte, and checking is comparing words.
 */
export class ChatRecipients {
  readonly #lines: ChatLines;
  readonly #senders: number;
  /** Index of a client among the senders, -1 for those who only listen. */
  readonly #senderOfClient: Int32Array;
  /** By client and sender: the number of the line that comes next. */
  readonly #next: Int32Array;
  /** By client: the beginning of a line whose end has not come. */
  readonly #partial: Uint8Array;
  readonly #partialLength: Int32Array;
  readonly #scratch: Uint8Array;
  readonly #scratchWords: Int32Array;

  constructor(lines: ChatLines, clients: number, clientsOfSenders: readonly number[]) {
    this.#lines = lines;
    this.#senders = clientsOfSenders.length;
    this.#senderOfClient = new Int32Array(clients).fill(-1);
    for (const [sender, client] of clientsOfSenders.entries())
      this.#senderOfClient[client] = sender;
    this.#next = new Int32Array(clients * this.#senders);
    this.#partial = new Uint8Array(new ArrayBuffer(clients * LINE_BYTES));
    this.#partialLength = new Int32Array(clients);
    const scratch = new ArrayBuffer(LINE_BYTES);
    this.#scratch = new Uint8Array(scratch);
    this.#scratchWords = new Int32Array(scratch);
  }

  /** Takes what a client got. @throws Error when it is not what it must be */
  take(
    client: number,
    bytes: Uint8Array,
    words: Int32Array,
    start: number,
    length: number,
    onDelivery: OnDelivery,
  ): void {
    let at = start;
    const end = start + length;
    if ((this.#partialLength[client] ?? 0) > 0) {
      at += this.#complete(client, bytes, at, end, onDelivery);
    }
    for (; at + LINE_BYTES <= end; at += LINE_BYTES) {
      if ((at & 3) === 0) {
        this.#check(client, bytes, at, words, onDelivery);
      } else {
        this.#scratch.set(bytes.subarray(at, at + LINE_BYTES));
        this.#check(client, this.#scratch, 0, this.#scratchWords, onDelivery);
      }
    }
    if (at < end) this.#keep(client, bytes.subarray(at, end));
  }

  /** Adds to a line that had begun. @returns how many bytes it took */
  #complete(
    client: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    onDelivery: OnDelivery,
  ): number {
    const had = this.#partialLength[client] ?? 0;
    const taken = Math.min(LINE_BYTES - had, end - at);
    this.#keep(client, bytes.subarray(at, at + taken));
    if (had + taken < LINE_BYTES) return taken;
    this.#partialLength[client] = 0;
    const start = client * LINE_BYTES;
    this.#scratch.set(this.#partial.subarray(start, start + LINE_BYTES));
    this.#check(client, this.#scratch, 0, this.#scratchWords, onDelivery);
    return taken;
  }

  #keep(client: number, bytes: Uint8Array): void {
    const had = this.#partialLength[client] ?? 0;
    this.#partial.set(bytes, client * LINE_BYTES + had);
    this.#partialLength[client] = had + bytes.length;
  }

  #check(
    client: number,
    bytes: Uint8Array,
    at: number,
    words: Int32Array,
    onDelivery: OnDelivery,
  ): void {
    const from = clientOfLine(bytes, at);
    const sender = from === client ? -1 : (this.#senderOfClient[from] ?? -1);
    const index = client * this.#senders + sender;
    const sequence = this.#next[index] ?? 0;
    if (sender < 0 || !this.#lines.matches(sender, sequence, words, at >> 2)) {
      const line = new TextDecoder().decode(bytes.slice(at, at + LINE_BYTES - 1));
      const expected = sender < 0 ? "a line of another sender" : `line ${sequence} of that sender`;
      throw new Error(`Client ${client} got "${line}" instead of ${expected}`);
    }
    this.#next[index] = sequence + 1;
    onDelivery(sender, sequence);
  }
}
