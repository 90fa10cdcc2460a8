import type { EchoLoadResult, EchoLoadSettings } from "./echo-settings.ts";
import { Histogram } from "./histogram.ts";
import { type ArrivalHandler, LoadLoop } from "./load-loop.ts";
import type { Load } from "./load-program.ts";
import type { LoadSocket } from "./load-socket.ts";
import { MeasuredWindow } from "./measured-window.ts";
import { Pattern } from "./pattern.ts";

/**
 * A closed loop: every connection sends a message, waits until it has come back whole, and sends
 * the next. Every byte is compared. A message's time runs from the batch that let it go to the
 * batch that brought its last byte, so the times of one connection add up to the whole window.
 */
export class EchoLoad implements ArrivalHandler, Load<EchoLoadResult> {
  readonly loop: LoadLoop;
  readonly #pattern: Pattern;
  readonly #poolBytes: Uint8Array;
  readonly #poolWords: Int32Array;
  readonly #window: MeasuredWindow;
  readonly #latencies: Histogram = new Histogram();
  readonly #messageBytes: number;
  readonly #connections: number;
  /**
   * By connection: bytes that have gone and come. Whole numbers, because the remainder of a
   * fraction is a call; ten minutes at 2 MB/s do not fill them.
   */
  readonly #sent: Int32Array;
  readonly #received: Int32Array;
  /** By connection: when its message went. */
  readonly #sentNanos: Float64Array;
  #outstanding: number = 0;
  #result: EchoLoadResult | null = null;

  constructor(settings: EchoLoadSettings) {
    const { port, connections, messageBytes } = settings;
    // One message of 64 bytes per buffer, of 4 KiB too: the pool stays in the cache.
    const receiveBufferBytes = Math.min(Math.max(messageBytes, 256), 16384);
    this.loop = new LoadLoop({ port, receiveBuffers: 2048, receiveBufferBytes });
    const { bytes } = this.loop.pool;
    this.#poolBytes = bytes;
    this.#poolWords = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    this.#pattern = new Pattern(Math.max(messageBytes, receiveBufferBytes));
    this.#window = new MeasuredWindow(settings);
    this.#messageBytes = messageBytes;
    this.#connections = connections;
    this.#sent = new Int32Array(connections);
    this.#received = new Int32Array(connections);
    this.#sentNanos = new Float64Array(connections);
  }

  /**
   * Connects, warms up, measures, and waits until every message has come back.
   * @throws (rejects) Error when a byte is wrong, a connection breaks, or an answer does not come
   */
  async run(): Promise<EchoLoadResult> {
    const sockets = await this.loop.connect(this.#connections, this);
    const nowNanos = Bun.nanoseconds();
    this.#window.begin(nowNanos);
    this.#outstanding = sockets.length;
    for (const socket of sockets) this.#sendMessage(socket, nowNanos);
    await this.loop.waitForEvent(this.#window.timeoutMs, () => this.#whatIsMissing());
    if (this.#result === null) throw new Error("The load ended before its window did");
    return this.#result;
  }

  onArrival(socket: LoadSocket, start: number, length: number, nowNanos: number): void {
    const { index } = socket;
    const before = this.#received[index] ?? 0;
    const received = before + length;
    if (
      received > (this.#sent[index] ?? 0) ||
      !this.#pattern.matches(index, before, this.#poolBytes, this.#poolWords, start, length)
    ) {
      throw new Error(`Connection ${index} got wrong bytes at offset ${before}`);
    }
    this.#received[index] = received;
    if (received !== this.#sent[index]) return;
    this.#latencies.record(nowNanos - (this.#sentNanos[index] ?? 0));
    if (this.#window.isOver) this.#settle();
    else this.#sendMessage(socket, nowNanos);
  }

  onBatchEnd(nowNanos: number): void {
    if (!this.#window.advance(nowNanos)) return;
    if (this.#window.isMeasuring) this.#latencies.clear();
    else this.#result = this.#takeResult();
  }

  #whatIsMissing(): string {
    const waiting = this.#sent.filter((sent, index) => sent !== this.#received[index]).length;
    return `${waiting} of ${this.#connections} connections wait for an answer`;
  }

  #takeResult(): EchoLoadResult {
    return {
      ...this.#window.result,
      messages: this.#latencies.count,
      p50Micros: this.#latencies.quantile(0.5) / 1000,
      p99Micros: this.#latencies.quantile(0.99) / 1000,
    };
  }

  #sendMessage(socket: LoadSocket, nowNanos: number): void {
    const { index } = socket;
    const sent = this.#sent[index] ?? 0;
    this.#sent[index] = sent + this.#messageBytes;
    this.#sentNanos[index] = nowNanos;
    socket.send(this.#pattern.addressAt(index, sent), this.#messageBytes);
  }

  #settle(): void {
    if (--this.#outstanding === 0) this.loop.event();
  }
}
