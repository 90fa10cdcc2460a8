import { type AnyStream, tcp, type Transport, transports } from "../support/transports.ts";
import { patternBytes } from "../support/pattern.ts";
import { must } from "./outcome.ts";

/** Bytes that may be on the way in one direction while nobody reads: every buffer takes them. */
const ON_THE_WAY_MAX = 48 * 1024;

/** Steps that a connection is kept for after the first of its directions has ended. */
const STEPS_AFTER_END = 4;

function transportOf(choice: number): Transport {
  return transports[choice % transports.length] ?? tcp;
}

/** One end of a connection, with what is known of it. */
export class End {
  readonly stream: AnyStream;
  /** Bytes that were handed to `write` here: the peer receives them all. */
  sent: number = 0;
  /** Bytes that were read here, each checked. */
  received: number = 0;
  /** Bytes that came here beside the pattern. */
  besides: number = 0;
  /** Whether this end said that nothing more will come. */
  writeEnded: boolean = false;
  isClosed: boolean = false;
  /** A read of exactly so many bytes that goes on beside the steps. */
  expected: { byteLength: number; outcome: Promise<Uint8Array | string> } | null = null;
  /** A write that goes on beside the steps. */
  pushed: Promise<string> | null = null;

  constructor(stream: AnyStream) {
    this.stream = stream;
  }

  /** The next bytes to send. */
  next(byteLength: number): Uint8Array<ArrayBuffer> {
    const bytes = patternBytes(this.sent, byteLength);
    this.sent += byteLength;
    return bytes;
  }

  /** Checks that bytes are what comes next. */
  take(bytes: Uint8Array): void {
    const expected = patternBytes(this.received, bytes.byteLength);
    must(Buffer.compare(expected, bytes) === 0, `wrong bytes after ${this.received}`);
    this.received += bytes.byteLength;
  }
}

/** Both ends of a connection. */
export class Connection {
  readonly ends: readonly [End, End];
  /** Which transport was asked for. */
  readonly choice: number;
  readonly transport: Transport;
  #stepsAfterEnd: number = 0;
  /** An end went away without reading everything: what the other sees depends on the moment. */
  isBroken: boolean = false;

  private constructor(client: AnyStream, server: AnyStream, choice: number) {
    this.ends = [new End(client), new End(server)];
    this.choice = choice;
    this.transport = transportOf(choice);
  }

  static async open(choice: number): Promise<Connection> {
    await using endpoint = await transportOf(choice).listen();
    const [client, server] = await Promise.all([endpoint.connect(), endpoint.accept()]);
    return new Connection(client, server, choice);
  }

  /** Whether it has been of so little use for some steps that a new one should take its place. */
  isSpent(): boolean {
    if (!this.isBroken && !this.ends.some(({ writeEnded }) => writeEnded)) return false;
    return ++this.#stepsAfterEnd > STEPS_AFTER_END;
  }

  endAt(side: number): End {
    return this.ends[side % 2 === 0 ? 0 : 1];
  }

  peerOf(end: End): End {
    return end === this.ends[0] ? this.ends[1] : this.ends[0];
  }

  /** Bytes that were sent to this end and not read. */
  available(end: End): number {
    return this.peerOf(end).sent - end.received;
  }

  /** Whether so many bytes may be written without anybody reading. */
  hasRoom(end: End, byteLength: number): boolean {
    return this.available(this.peerOf(end)) + byteLength <= ON_THE_WAY_MAX;
  }

  /** Whether a read can be begun here: nobody else reads, and what it gives is known. */
  isReadable(end: End): boolean {
    return !this.isBroken && !end.isClosed && end.expected === null;
  }

  isWritable(end: End): boolean {
    const peer = this.peerOf(end);
    return !this.isBroken && !end.isClosed && !peer.isClosed && end.pushed === null;
  }

  /** Resets both ends; what went on beside the steps ends with that. */
  async dispose(): Promise<void> {
    for (const { stream } of this.ends) await stream.reset();
    for (const { expected, pushed } of this.ends) {
      await expected?.outcome;
      await pushed;
    }
  }
}
