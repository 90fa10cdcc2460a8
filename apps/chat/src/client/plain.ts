import { sleep, spawn } from "@bascule/core";
import { SocketClosedError, type TcpStream } from "@bascule/net";
import { peerIsGone, UsageError } from "@bascule/support";
import { LINE_BYTES_MAX } from "../protocol/chat-lines.ts";
import { type Ending, endingOf, refusal } from "./ending.ts";
import { firstLine } from "./first-line.ts";
import { inputText } from "./input.ts";
import { Joining } from "./joining.ts";
import { serverLines } from "./server-lines.ts";

/** How long a server may take to answer who is there, unless it is one that does not. */
const ANSWER_MS = 5000;

/** What both kinds of client are given. */
export interface ClientOptions {
  readonly stream: TcpStream;
  /** Sent as the first line; the person is asked when it is left out. */
  readonly name: string | undefined;
}

/**
 * The client without a terminal: lines of the input go to the server, lines of the server to the
 * output. At the end of the input the server's answers are waited for.
 */
export async function runPlain({ stream, name }: ClientOptions): Promise<Ending> {
  // What cannot be printed is told to whoever printed it; without a listener it is a crash.
  process.stdout.on("error", () => {});
  const joining = new Joining();
  const sender = new InputSender(stream, joining);
  // Waits for input that may never come, so nobody waits for it.
  spawn(async () => await sender.run(name), { name: "input" }).unref();
  let lastLine = "";
  let error: unknown = null;
  try {
    for await (const line of serverLines(stream)) {
      lastLine = line;
      for (const shown of joining.hear(line)) await print(`${shown}\n`);
      const reason = joining.refusal;
      if (reason !== null) return { message: refusal(reason), exitCode: 1 };
    }
  } catch (failure) {
    if (!peerIsGone(failure)) throw failure;
    error = failure;
  }
  for (const shown of joining.release()) await print(`${shown}\n`);
  if (sender.failure !== null) throw sender.failure;
  return endingOf({ hasLeft: sender.hasLeft, lastLine, error });
}

/** Passes the input on to the server. */
class InputSender {
  readonly #stream: TcpStream;
  readonly #joining: Joining;
  /** The beginning of a line that has not come to its end; of a long one, no more than matters. */
  #begun: string = "";
  #hasQuit: boolean = false;
  #isAll: boolean = false;
  #failure: unknown = null;

  constructor(stream: TcpStream, joining: Joining) {
    this.#stream = stream;
    this.#joining = joining;
  }

  /** Whether all of the input was sent, or a line that ends the session. */
  get hasLeft(): boolean {
    return this.#isAll || this.#hasQuit;
  }

  /** Why the input was not passed on to its end; null when it was, or the server has gone. */
  get failure(): unknown {
    return this.#failure;
  }

  async run(name: string | undefined): Promise<void> {
    try {
      const input = inputText();
      // A person who types sees when the name is refused, and gives another one.
      if (!process.stdin.isTTY) await this.#join(name, input);
      else if (name !== undefined) await this.#stream.write(`${name}\n`);
      for (let next = await input.next(); next.done !== true; next = await input.next()) {
        await this.#send(next.value);
      }
      this.#isAll = true;
      await this.#stream.closeWrite();
    } catch (error) {
      // The reading side tells how the connection ended.
      if (peerIsGone(error) || error instanceof SocketClosedError) return;
      this.#failure = error;
      await this.#stream.closeWrite();
    }
  }

  /** Nothing is said before the server has taken the name: what it has not would be the next. */
  async #join(name: string | undefined, input: AsyncIterator<string>): Promise<void> {
    const first = name === undefined ? await firstLine(input) : null;
    const given = name ?? first?.line;
    if (given === undefined) return;
    await this.#joining.prompted;
    this.#joining.offer();
    await this.#stream.write(`${given}\n${Joining.QUESTION}`);
    const impatience = spawn(async () => {
      await sleep(ANSWER_MS);
      for (const shown of this.#joining.assume()) await print(`${shown}\n`);
    });
    await this.#joining.joined;
    impatience.unref().abort();
    if (first !== null) await this.#send(first.rest);
  }

  async #send(text: string): Promise<void> {
    const lines = (this.#begun + text).split("\n");
    this.#begun = lines.pop()?.slice(0, LINE_BYTES_MAX) ?? "";
    // Before it is written: the server may answer with the end before that is known.
    this.#hasQuit ||= lines.some((line) => line.trimEnd() === "/quit");
    await this.#stream.write(text);
  }
}

/**
 * Resolves when the output has taken it, so that a slow reader of the output slows the chat.
 * @throws (rejects) UsageError when the output takes no more
 */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(new UsageError(`The chat has ended: cannot print it (${error.message})`));
      else resolve();
    });
  });
}
