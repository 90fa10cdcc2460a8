import { channel, type Receiver, type Sender } from "@bascule/sync";
import { failureText } from "./outcome.ts";

/** Turns in which everything that can happen in a channel has happened. */
export const SETTLE_TURNS = 6;

interface Pending {
  readonly name: string;
  readonly controller: AbortController;
}

/** A channel, what waits there, and a log of what settled in which order. */
export class ChannelLog {
  #sender: Sender<number>;
  #receiver: Receiver<number>;
  #pending: Pending[] = [];
  #log: string[] = [];
  #count: number = 0;

  constructor() {
    [this.#sender, this.#receiver] = channel<number>(1);
  }

  get sender(): Sender<number> {
    return this.#sender;
  }

  get receiver(): Receiver<number> {
    return this.#receiver;
  }

  /** Another channel in its place; what waits in the old one is told of the end. */
  replace(capacity: number): void {
    this.#sender.close();
    this.#receiver.close();
    [this.#sender, this.#receiver] = channel<number>(capacity);
  }

  /** The next message. */
  next(): number {
    return ++this.#count;
  }

  /** Begins something that may wait, and logs how it ends. */
  begin(name: string, work: (signal: AbortSignal) => Promise<unknown>): void {
    const pending = { name: `${name} ${this.next()}`, controller: new AbortController() };
    this.#pending.push(pending);
    const ended = (how: string): void => {
      this.#pending = this.#pending.filter((each) => each !== pending);
      this.#log.push(`${pending.name}: ${how}`);
    };
    work(pending.controller.signal).then(
      (value) => ended(String(value)),
      (error: unknown) => ended(failureText(error)),
    );
  }

  abort(index: number): void {
    if (this.#pending.length === 0) return;
    this.#pending[index % this.#pending.length]?.controller.abort("fuzz");
  }

  /** What has settled since the last look, in order. */
  take(): string {
    return this.#log.splice(0).join("; ");
  }

  /** Ends the channel. @returns how everything that waited ended */
  async end(): Promise<string> {
    this.#sender.close();
    this.#receiver.close();
    while (this.#pending.length > 0) await new Promise((resolve) => setImmediate(resolve));
    return this.take();
  }
}
