import { setDefaultTimeout } from "bun:test";
import { join } from "node:path";
import { Peer, Program } from "@bascule/support";

export const SERVER: string = join(import.meta.dir, "../src/main.ts");
export const CLIENT: string = join(import.meta.dir, "../src/client-main.ts");

// Bounded, and long enough for a machine that is busy with something else.
setDefaultTimeout(30_000);

/** A chat server in a process of its own, and clients that are not ours. */
export class Chat implements AsyncDisposable {
  readonly program: Program;
  readonly port: number;
  readonly #peers: Peer[] = [];

  private constructor(program: Program, port: number) {
    this.program = program;
    this.port = port;
  }

  static async start(): Promise<Chat> {
    const { program, port } = await Program.serve([SERVER, "--port", "0"]);
    return new Chat(program, port);
  }

  /** A client that has been asked for its name. */
  async connect(): Promise<Peer> {
    const peer = await Peer.connect({ port: this.port });
    this.#peers.push(peer);
    await peer.received.waitFor("Please enter your username:\n");
    return peer;
  }

  /** A client that has joined. */
  async join(name: string): Promise<Peer> {
    const peer = await this.connect();
    await peer.ask(`${name}\n/who`, new RegExp(`\\d+ in the chat: .*${name}`));
    return peer;
  }

  /**
   * What a client has heard since it joined, without the prompt and its own `/who`. A line that
   * `from` says last marks the end: when it has come, so has everything before.
   */
  async heard(peer: Peer, from: Peer): Promise<string[]> {
    from.send("that is all\n");
    await peer.received.waitFor(/: that is all\n/);
    return peer.received.text
      .split("\n")
      .slice(2)
      .filter((line) => line !== "" && !line.endsWith(": that is all"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers) peer[Symbol.dispose]();
    await this.program[Symbol.asyncDispose]();
  }
}
