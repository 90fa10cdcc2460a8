import { TextLog } from "./text-log.ts";

/** Where a {@link Peer} connects to. */
export type PeerTarget = { readonly port: number } | { readonly unix: string };

/** A client that is not ours: Bun's own sockets. Disposing it closes it. */
export class Peer implements Disposable {
  readonly received: TextLog = new TextLog();
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  #socket: Bun.Socket<unknown> | null = null;
  /** Bytes that the socket did not take at once. */
  #unsent: Uint8Array = new Uint8Array();

  private constructor() {}

  static async connect(target: PeerTarget): Promise<Peer> {
    const peer = new Peer();
    const handlers: Bun.SocketHandler<unknown> = {
      data: (_socket, chunk) => peer.received.append(chunk),
      drain: () => peer.#flush(),
      end: (socket) => void socket.end(),
      close: () => peer.#end(),
      error: () => peer.#end(),
    };
    peer.#socket =
      "port" in target
        ? await Bun.connect({ hostname: "127.0.0.1", port: target.port, socket: handlers })
        : await Bun.connect({ unix: target.unix, socket: handlers });
    return peer;
  }

  /** Resolves when the connection is closed, by whomever. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  send(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    this.#unsent = Buffer.concat([this.#unsent, bytes]);
    this.#flush();
  }

  /** Sends a line and waits for what must come back. */
  async ask(line: string, answer: RegExp | string): Promise<readonly string[]> {
    this.send(`${line}\n`);
    return await this.received.waitFor(answer);
  }

  /** Closes its sending side only. */
  endSending(): void {
    this.#socket?.shutdown();
  }

  /** Goes away without a word: a reset. */
  vanish(): void {
    this.#socket?.terminate();
  }

  /** Stops and goes on reading. */
  stopReading(): void {
    this.#socket?.pause();
  }

  goOnReading(): void {
    this.#socket?.resume();
  }

  [Symbol.dispose](): void {
    this.#socket?.terminate();
  }

  #flush(): void {
    const taken = this.#socket?.write(this.#unsent) ?? 0;
    this.#unsent = this.#unsent.subarray(Math.max(0, taken));
  }

  #end(): void {
    this.received.end();
    this.#closed.resolve();
  }
}
