import { emitKeypressEvents, type Key } from "node:readline";
import { AbortError, type JoinHandle, spawn } from "@bascule/core";
import { SocketClosedError, type TcpStream } from "@bascule/net";
import { peerIsGone } from "@bascule/support";
import { type UnboundedSender, unboundedChannel } from "@bascule/sync";
import { inverse } from "./colours.ts";
import { Conversation } from "./conversation.ts";
import { type Ending, endingOf } from "./ending.ts";
import { InputLine } from "./input-line.ts";
import { edit } from "./keys.ts";
import type { ClientOptions } from "./plain.ts";
import { Screen } from "./screen.ts";
import { serverLines } from "./server-lines.ts";

/** At most one drawing in so many milliseconds, however fast people talk or paste. */
const DRAW_EVERY_MS = 16;
const LEFT = new AbortError("You have left");

/** The client on a terminal. */
export class Terminal implements Disposable {
  readonly #stream: TcpStream;
  readonly #title: string;
  readonly #screen: Screen;
  readonly #conversation: Conversation;
  readonly #input: InputLine = new InputLine();
  readonly #outgoing: UnboundedSender<string>;
  readonly #sender: JoinHandle<void>;
  #receiver: JoinHandle<void> | null = null;
  #hasLeft: boolean = false;
  #drawing: ReturnType<typeof setTimeout> | null = null;
  #drawnAtMs: number = 0;
  readonly #onKey = (text: string | undefined, key: Key): void => this.#press(text, key);
  readonly #onResize = (): void => this.#draw();

  /** @param title where it is connected to */
  constructor({ stream, name }: ClientOptions, title: string) {
    this.#stream = stream;
    this.#title = title;
    const [outgoing, lines] = unboundedChannel<string>();
    this.#outgoing = outgoing;
    this.#conversation = new Conversation(name, (line) => this.#outgoing.trySend(line));
    this.#sender = spawn(async () => {
      for await (const line of lines) await this.#stream.write(`${line}\n`);
    });
    this.#screen = new Screen(process.stdout);
    emitKeypressEvents(process.stdin);
    process.stdin.on("keypress", this.#onKey);
    process.stdin.resume();
    process.stdout.on("resize", this.#onResize);
    this.#draw();
  }

  /** Talks until either side leaves. */
  async run(): Promise<Ending> {
    this.#receiver = spawn(() => this.#receive());
    let error: unknown = null;
    try {
      await this.#receiver;
    } catch (failure) {
      if (failure !== LEFT && !peerIsGone(failure)) throw failure;
      error = failure;
    }
    await this.#endSending();
    const { hasQuit, lastLine } = this.#conversation;
    return endingOf({ hasLeft: this.#hasLeft || hasQuit, lastLine, error });
  }

  [Symbol.dispose](): void {
    if (this.#drawing !== null) clearTimeout(this.#drawing);
    process.stdin.off("keypress", this.#onKey);
    process.stdout.off("resize", this.#onResize);
    process.stdin.pause();
    this.#screen[Symbol.dispose]();
  }

  async #receive(): Promise<void> {
    for await (const line of serverLines(this.#stream)) {
      this.#conversation.hear(line, this.#screen.columns);
      this.#drawSoon();
    }
  }

  /** What was typed before leaving goes out. */
  async #endSending(): Promise<void> {
    this.#outgoing.close();
    try {
      await this.#sender;
    } catch (error) {
      if (!peerIsGone(error) && !(error instanceof SocketClosedError)) throw error;
    }
  }

  #press(text: string | undefined, key: Key): void {
    const { columns, height } = this.#screen;
    const page = Math.max(1, height - 1);
    if (key.name === "pageup") this.#conversation.talk.scroll(page, columns, height);
    else if (key.name === "pagedown") this.#conversation.talk.scroll(-page, columns, height);
    else if (key.name === "return" || key.name === "enter") this.#submit();
    else if (key.ctrl === true && key.name === "c") this.#leave();
    else if (key.ctrl === true && key.name === "d" && this.#input.text === "") this.#leave();
    else edit(this.#input, text, key);
    this.#drawSoon();
  }

  #submit(): void {
    const line = this.#input.take();
    if (line !== "") this.#conversation.speak(line, this.#screen.columns);
  }

  #leave(): void {
    this.#hasLeft = true;
    this.#receiver?.abort(LEFT);
  }

  /** Not at once: a read may bring many keys, or many lines. */
  #drawSoon(): void {
    const waitMs = Math.max(0, this.#drawnAtMs + DRAW_EVERY_MS - performance.now());
    this.#drawing ??= setTimeout(() => this.#draw(), waitMs);
  }

  #draw(): void {
    if (this.#drawing !== null) clearTimeout(this.#drawing);
    this.#drawing = null;
    this.#drawnAtMs = performance.now();
    const { columns, height } = this.#screen;
    const { text, column } = this.#input.view(columns - 2);
    this.#screen.draw({
      rows: this.#conversation.talk.rows(columns, height),
      status: inverse(this.#status(columns)),
      input: `> ${text}`,
      column: column + 2,
    });
  }

  #status(columns: number): string {
    const { name, talk } = this.#conversation;
    const who = name === null ? "" : ` as ${name}`;
    const keys = talk.isScrolled
      ? "more below: Page Down"
      : "Page Up and Down scroll, Ctrl-C leaves";
    const all = ` ${this.#title}${who} - ${keys}`;
    let status = "";
    for (const character of all) {
      if (Bun.stringWidth(status + character) > columns) break;
      status += character;
    }
    return status + " ".repeat(columns - Bun.stringWidth(status));
  }
}
