import {
  AbortError,
  type JoinHandle,
  shield,
  type TaskScope,
  timeout,
  TimeoutError,
} from "@bascule/core";
import { LineTooLongError, SocketClosedError, type StreamSocket } from "@bascule/net";
import { announce, explain, peerIsGone } from "@bascule/support";
import { command, QUIT } from "./commands.ts";
import { BEHIND_BYTES_MAX, type Member, type Outlet, TOO_SLOW } from "./member.ts";
import { ChatLines, LINE_BYTES_MAX } from "./protocol/chat-lines.ts";
import { clean } from "./protocol/clean.ts";
import { nameTrouble, toName } from "./protocol/names.ts";
import { lineTooLong, PROMPT, readTooSlowly, SERVER_IS_LEAVING } from "./protocol/texts.ts";
import type { Room } from "./room.ts";

/** How long each step of the end may take: the last messages, the last words, closing. */
const FAREWELL_MS = 5000;

/** Why a session is aborted, besides its connection's failure and `TOO_SLOW`. */
const SERVER_LEAVES = new AbortError("The server is leaving");

/**
 * One client, from its connection to its end: a task that takes lines from the socket into the
 * room.
 *
 * Pattern: no `select`. What is said to the client is written by the room, so a client that does
 * not read is still heard, and no read is ever begun and dropped.
 */
export class Session implements Outlet {
  readonly #stream: StreamSocket;
  readonly #room: Room;
  readonly #lines: ChatLines;
  readonly #task: JoinHandle<void>;
  /** Ends a write that waits for the client to read. */
  readonly #writing: AbortController = new AbortController();
  readonly #writeOptions: { signal: AbortSignal } = { signal: this.#writing.signal };
  #member: Member | null = null;
  #failure: unknown = null;
  readonly #onEnd: () => void;

  /** @param onEnd is called when the connection is closed */
  constructor(stream: StreamSocket, room: Room, scope: TaskScope, onEnd: () => void) {
    this.#stream = stream;
    this.#room = room;
    this.#lines = new ChatLines(stream);
    this.#onEnd = onEnd;
    this.#task = scope.spawn(() => this.#run(), { name: "session" });
  }

  /** The server is leaving: nothing more is read. What was said to this client still reaches it. */
  stop(): void {
    this.#task.abort(SERVER_LEAVES);
  }

  /** There is no more time: what the client has not taken by now is lost. */
  cut(): void {
    void this.#stream.reset();
  }

  /** The room writes to the client. */
  write(parts: Uint8Array[]): Promise<void> {
    return this.#stream.write(parts, this.#writeOptions);
  }

  /** The room cannot write to the client, or will not any more. */
  fail(error: unknown): void {
    this.#note(error);
    this.#writing.abort(error);
    this.#task.abort(error);
  }

  async #run(): Promise<void> {
    try {
      await this.#converse();
    } catch (error) {
      this.#note(error);
    } finally {
      await shield(() => this.#end());
    }
  }

  async #converse(): Promise<void> {
    const member = await this.#enter();
    if (member === null) return;
    for (;;) {
      const line = await this.#nextLine();
      if (line === null) return;
      const answer = command(line, this.#room);
      if (answer === QUIT) return;
      if (answer !== null) await this.#stream.write(answer);
      else await this.#say(member, line);
    }
  }

  /** Asks for a name until there is one that will do; null when the client leaves before. */
  async #enter(): Promise<Member | null> {
    for (;;) {
      await this.#stream.write(PROMPT);
      const line = await this.#nextLine();
      if (line === null) return null;
      const name = toName(line);
      const trouble = nameTrouble(name);
      this.#member = trouble === null ? this.#room.join(name, this) : null;
      if (this.#member !== null) return this.#member;
      await this.#stream.write(`${trouble ?? `The name ${name} is taken: choose another`}\n`);
    }
  }

  async #say(member: Member, line: string): Promise<void> {
    await this.#room.calm();
    this.#room.say(member, clean(line));
  }

  /** The next line that is not too long; those that are get a message. */
  async #nextLine(): Promise<string | null> {
    for (;;) {
      try {
        return await this.#lines.next();
      } catch (error) {
        if (!(error instanceof LineTooLongError)) throw error;
        const again = this.#member === null ? PROMPT : "";
        await this.#stream.write(lineTooLong(LINE_BYTES_MAX) + again);
      }
    }
  }

  /** Leaves the room and closes the socket, in bounded time however little the client reads. */
  async #end(): Promise<void> {
    try {
      await this.#leave();
      const farewell = this.#farewell();
      if (farewell !== "") await timeout(FAREWELL_MS, () => this.#stream.write(farewell));
      await this.#stream.close({ lingerMs: FAREWELL_MS });
    } catch (error) {
      this.#note(error);
      await this.#stream.reset();
    }
    this.#onEnd();
    if (this.#failure !== null) {
      announce(`A session ended with an error: ${explain(this.#failure)}\n`, process.stderr);
    }
  }

  /** The others are told, and the client gets what was said until now. */
  async #leave(): Promise<void> {
    const member = this.#member;
    if (member === null) return;
    this.#room.leave(member);
    await timeout(FAREWELL_MS, () => member.finish());
  }

  /** The last words to this client that it has not been told with everybody else. */
  #farewell(): string {
    // What had been written ends in the middle of a line.
    if (this.#writing.signal.reason === TOO_SLOW) return `\n${readTooSlowly(BEHIND_BYTES_MAX)}`;
    return this.#member === null && this.#room.isClosed ? SERVER_IS_LEAVING : "";
  }

  /** Keeps what is not an ordinary end of a connection, to be told once everything is closed. */
  #note(error: unknown): void {
    if (error === SERVER_LEAVES || error === TOO_SLOW || error instanceof TimeoutError) return;
    if (error instanceof SocketClosedError || peerIsGone(error)) return;
    this.#failure ??= error;
  }
}
