import { type MappedMemory, mapMemory } from "@bascule/sys";
import { type ChatLines, SENT_BYTES } from "./chat-lines.ts";
import type { LoadSocket } from "./load-socket.ts";

/**
 * The sending side of the chat load: every sender keeps a window of lines under way. A line is
 * done, and the next may go, when every other client has it. What became free in one batch of
 * arrivals goes out in one send.
 */
export class ChatSenders {
  readonly lines: ChatLines;
  readonly #window: number;
  readonly #recipients: number;
  readonly #sockets: readonly LoadSocket[];
  /** What is being sent, one window for each sender. */
  readonly #wire: MappedMemory;
  /** By sender: the number of its next line, and how many may go. */
  readonly #next: Int32Array;
  readonly #free: Int32Array;
  /** By sender and place in its window: who has not got the line, and when it went. */
  readonly #missing: Int32Array;
  readonly #sentNanos: Float64Array;
  /** Lines that have not reached everybody. */
  underWay: number = 0;

  constructor(
    sockets: readonly LoadSocket[],
    lines: ChatLines,
    window: number,
    recipients: number,
  ) {
    this.lines = lines;
    this.#sockets = sockets;
    this.#window = window;
    this.#recipients = recipients;
    this.#wire = mapMemory(sockets.length * window * SENT_BYTES);
    this.#next = new Int32Array(sockets.length);
    this.#free = new Int32Array(sockets.length).fill(window);
    this.#missing = new Int32Array(sockets.length * window);
    this.#sentNanos = new Float64Array(sockets.length * window);
  }

  /** Sends what the windows allow. */
  pump(nowNanos: number): void {
    for (let sender = 0; sender < this.#sockets.length; sender++) {
      if ((this.#free[sender] ?? 0) > 0) this.#sendFrom(sender, nowNanos);
    }
  }

  /**
   * A recipient got a sender's line.
   * @returns how long the line took when this was the last recipient, else -1
   */
  delivered(sender: number, sequence: number, nowNanos: number): number {
    const at = sender * this.#window + (sequence % this.#window);
    const missing = (this.#missing[at] ?? 0) - 1;
    this.#missing[at] = missing;
    if (missing > 0) return -1;
    this.underWay--;
    this.#free[sender] = (this.#free[sender] ?? 0) + 1;
    return nowNanos - (this.#sentNanos[at] ?? 0);
  }

  #sendFrom(sender: number, nowNanos: number): void {
    const socket = this.#sockets[sender];
    if (socket === undefined || socket.isSending) return;
    const start = sender * this.#window * SENT_BYTES;
    let end = start;
    for (let free = this.#free[sender] ?? 0; free > 0; free--) {
      const sequence = this.#next[sender] ?? 0;
      this.#next[sender] = sequence + 1;
      const at = sender * this.#window + (sequence % this.#window);
      this.#missing[at] = this.#recipients;
      this.#sentNanos[at] = nowNanos;
      this.lines.write(sender, sequence);
      this.#wire.bytes.set(this.lines.sentBytes(sender, sequence), end);
      end += SENT_BYTES;
      this.underWay++;
    }
    this.#free[sender] = 0;
    socket.send(this.#wire.address + start, end - start);
  }
}
