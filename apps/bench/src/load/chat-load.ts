import { sleep } from "@bascule/core";
import { mapMemory } from "@bascule/sys";
import { ChatGreeting } from "./chat-greeting.ts";
import { ChatLines, clientName, LINE_BYTES, senderClients } from "./chat-lines.ts";
import { ChatRecipients } from "./chat-recipients.ts";
import { ChatSenders } from "./chat-senders.ts";
import type { ChatLoadResult, ChatLoadSettings } from "./chat-settings.ts";
import { Histogram } from "./histogram.ts";
import { type ArrivalHandler, LoadLoop } from "./load-loop.ts";
import type { Load } from "./load-program.ts";
import type { LoadSocket } from "./load-socket.ts";
import { MeasuredWindow } from "./measured-window.ts";

const JOIN_TIMEOUT_MS = 30_000;
/** Nothing tells a client that it has joined, so the first one gets this long. */
const FIRST_JOIN_MS = 50;

/**
 * Speaks the protocol of tokio's chat: everybody joins, some send, and every recipient checks each
 * byte, exactly once, in order for each sender. In the end one leaves and all others must be told.
 */
export class ChatLoad implements ArrivalHandler, Load<ChatLoadResult> {
  readonly loop: LoadLoop;
  readonly #settings: ChatLoadSettings;
  readonly #poolBytes: Uint8Array;
  readonly #poolWords: Int32Array;
  readonly #window: MeasuredWindow;
  readonly #greeting: ChatGreeting;
  readonly #latencies: Histogram = new Histogram();
  readonly #lines: ChatLines;
  readonly #senderClients: readonly number[];
  readonly #recipients: ChatRecipients;
  #senders: ChatSenders | null = null;
  #nowNanos: number = 0;
  #deliveries: number = 0;
  #result: ChatLoadResult | null = null;
  /** Whether what the program waits for has come. */
  #isDue: () => boolean = () => false;

  constructor(settings: ChatLoadSettings) {
    const { clients, port, senders, window } = settings;
    this.#settings = settings;
    // A recipient's buffer takes what a window of every sender makes, up to a page.
    const receiveBufferBytes = Math.min(
      4096,
      2 ** Math.ceil(Math.log2(senders * window * LINE_BYTES)),
    );
    this.loop = new LoadLoop({ port, receiveBuffers: 2048, receiveBufferBytes });
    const { bytes } = this.loop.pool;
    this.#poolBytes = bytes;
    this.#poolWords = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    this.#window = new MeasuredWindow(settings);
    this.#greeting = new ChatGreeting(clients);
    this.#senderClients = senderClients(clients, senders);
    this.#lines = new ChatLines(this.#senderClients, window);
    this.#recipients = new ChatRecipients(this.#lines, clients, this.#senderClients);
  }

  /**
   * Joins, warms up, measures, waits until every line has reached everybody, and leaves.
   * @throws (rejects) Error at the first line that is lost, doubled, reordered or damaged
   */
  async run(): Promise<ChatLoadResult> {
    const { clients, window } = this.#settings;
    const sockets = await this.loop.connect(clients, this);
    await this.#joinAll(sockets);
    const sending = this.#senderClients.flatMap((client) => sockets[client] ?? []);
    this.#senders = new ChatSenders(sending, this.#lines, window, clients - 1);
    const nowNanos = Bun.nanoseconds();
    this.#window.begin(nowNanos);
    this.#senders.pump(nowNanos);
    await this.#until(
      () => this.#window.isOver && this.#senders?.underWay === 0,
      this.#window.timeoutMs,
    );
    await this.#leave(sockets);
    if (this.#result === null) throw new Error("The load ended before its window did");
    return this.#result;
  }

  onArrival(socket: LoadSocket, start: number, length: number, nowNanos: number): void {
    if (this.#senders === null) {
      const text = Buffer.from(this.#poolBytes.buffer, this.#poolBytes.byteOffset + start, length);
      this.#greeting.take(socket.index, text.toString("latin1"));
      return;
    }
    this.#nowNanos = nowNanos;
    const { index } = socket;
    this.#recipients.take(index, this.#poolBytes, this.#poolWords, start, length, this.#onDelivery);
  }

  onBatchEnd(nowNanos: number): void {
    if (this.#senders !== null && !this.#window.isOver) {
      if (this.#window.advance(nowNanos)) this.#onPhase();
      if (!this.#window.isOver) this.#senders.pump(nowNanos);
    }
    if (this.#isDue()) this.loop.event();
  }

  readonly #onDelivery = (sender: number, sequence: number): void => {
    this.#deliveries++;
    const nanos = this.#senders?.delivered(sender, sequence, this.#nowNanos) ?? -1;
    if (nanos >= 0) this.#latencies.record(nanos);
  };

  #onPhase(): void {
    if (this.#window.isOver) {
      this.#result = {
        ...this.#window.result,
        deliveries: this.#deliveries,
        p50Micros: this.#latencies.quantile(0.5) / 1000,
        p99Micros: this.#latencies.quantile(0.99) / 1000,
      };
    }
    this.#deliveries = 0;
    this.#latencies.clear();
  }

  /** One after the other: the first client must hear of each before the next gives its name. */
  async #joinAll(sockets: readonly LoadSocket[]): Promise<void> {
    const greeting = this.#greeting;
    await this.#until(() => greeting.prompted === sockets.length, JOIN_TIMEOUT_MS);
    const names = mapMemory(sockets.length * 8);
    for (const [client, socket] of sockets.entries()) {
      const name = new TextEncoder().encode(`${clientName(client)}\n`);
      names.bytes.set(name, client * 8);
      socket.send(names.address + client * 8, name.length);
      if (client === 0) await sleep(FIRST_JOIN_MS);
      else await this.#until(() => greeting.heardBy(0) === client, JOIN_TIMEOUT_MS);
    }
    await this.#until(
      () => greeting.announced === greeting.announcedWhenAllJoined,
      JOIN_TIMEOUT_MS,
    );
  }

  async #leave(sockets: readonly LoadSocket[]): Promise<void> {
    this.#senders = null;
    this.#greeting.expectFarewell(sockets.length - 1);
    sockets.at(-1)?.close();
    await this.#until(() => this.#greeting.announced === sockets.length - 1, JOIN_TIMEOUT_MS);
  }

  #whatIsMissing(): string {
    const { prompted, announced } = this.#greeting;
    if (this.#senders !== null) return `${this.#senders.underWay} lines have not reached everybody`;
    return `${prompted} clients were greeted and ${announced} joins or leaves announced`;
  }

  async #until(isDue: () => boolean, timeoutMs: number): Promise<void> {
    if (isDue()) return;
    this.#isDue = isDue;
    await this.loop.waitForEvent(timeoutMs, () => this.#whatIsMissing());
    this.#isDue = () => false;
  }
}
