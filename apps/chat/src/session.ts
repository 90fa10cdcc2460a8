import {
  AbortError,
  type JoinHandle,
  shield,
  spawn,
  type TaskScope,
  timeout,
  TimeoutError,
  yieldNow,
} from "@bascule/core";
import { LineTooLongError, type StreamSocket } from "@bascule/net";
import { explain, peerIsGone } from "@bascule/support";
import { command, QUIT } from "./commands.ts";
import { BEHIND_BYTES_MAX, type Member } from "./member.ts";
import { ChatLines, LINE_BYTES_MAX } from "./protocol/chat-lines.ts";
import { nameTrouble, toName } from "./protocol/names.ts";
import { lineTooLong, PROMPT, readTooSlowly, SERVER_IS_LEAVING } from "./protocol/texts.ts";
import type { Room } from "./room.ts";

/** How long each step of the end may take: the last messages, the last words, closing. */
const FAREWELL_MS = 600;

/** Reasons for which a session is aborted, besides its connection's failure. */
const SERVER_LEAVES = new AbortError("The server is leaving");
const TOO_SLOW = new AbortError("The client reads too slowly");

/**
 * One client, from its connection to its end.
 *
 * Pattern: two tasks and no `select`. This one takes lines from the socket into the room, another takes
 * messages from the room to the socket, so that a client who does not read can still be heard, and no
 * read is ever begun and dropped.
 */
export class Session {
  readonly #stream: StreamSocket;
  readonly #room: Room;
  readonly #lines: ChatLines;
  readonly #task: JoinHandle<void>;
  #writer: JoinHandle<void> | null = null;
  #member: Member | null = null;
  #isDropped: boolean = false;
  #failure: unknown = null;
  readonly #onEnd: () => void;

  /** @param onEnd is called when the connection is closed */
  constructor(stream: StreamSocket, room: Room, scope: TaskScope, onEnd: () => void) {
    this.#stream = stream;
    this.#room = room;
    this.#lines = new ChatLines(stream);
    this.#onEnd = onEnd;
    this.#task = scope.spawn(() => this.#run());
  }

  /** The server is leaving: nothing more is read. What was said to this client still reaches it. */
  stop(): void {
    this.#task.abort(SERVER_LEAVES);
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
      const member = trouble === null ? this.#room.join(name, () => this.#drop()) : null;
      if (member !== null) {
        this.#member = member;
        this.#writer = spawn(() => this.#write(member), { name: `writer of ${name}` });
        return member;
      }
      await this.#stream.write(`${trouble ?? `The name ${name} is taken: choose another`}\n`);
    }
  }

  /** The next line that is not too long; those that are get a message. */
  async #nextLine(): Promise<string | null> {
    for (;;) {
      try {
        return await this.#lines.next();
      } catch (error) {
        if (!(error instanceof LineTooLongError)) throw error;
        await this.#stream.write(lineTooLong(LINE_BYTES_MAX));
      }
    }
  }

  async #say(member: Member, line: string): Promise<void> {
    if (this.#room.isAhead) await yieldNow();
    this.#room.say(member, line);
  }

  /** The other task: everything that is said goes to the socket, as much at once as there is. */
  async #write(member: Member): Promise<void> {
    try {
      while (!member.isDone) {
        const parts = this.#room.take(member);
        if (parts.length === 0) await this.#room.news();
        else await this.#stream.write(parts);
        member.advance();
      }
    } catch (error) {
      this.#note(error);
      this.#task.abort(error);
    }
  }

  /** The member has fallen too far behind: both tasks end, also the one that waits for its socket. */
  #drop(): void {
    this.#isDropped = true;
    this.#writer?.abort(TOO_SLOW);
    this.#task.abort(TOO_SLOW);
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
      process.stderr.write(`A session ended with an error: ${explain(this.#failure)}\n`);
    }
  }

  /** The others are told, and the writer hands over what was said until now. */
  async #leave(): Promise<void> {
    const writer = this.#writer;
    if (this.#member === null || writer === null) return;
    this.#room.leave(this.#member);
    await timeout(FAREWELL_MS, async () => await writer).catch(() => writer.abort(TOO_SLOW));
    await writer;
  }

  /** The last words to this client that it has not been told with everybody else. */
  #farewell(): string {
    // What had been written ends in the middle of a line.
    if (this.#isDropped) return `\n${readTooSlowly(BEHIND_BYTES_MAX)}`;
    return this.#member === null && this.#room.isClosed ? SERVER_IS_LEAVING : "";
  }

  /** Keeps what is not an ordinary end of a connection, to be told once everything is closed. */
  #note(error: unknown): void {
    const isOurs = error === SERVER_LEAVES || error === TOO_SLOW || error instanceof TimeoutError;
    if (!isOurs && !peerIsGone(error)) this.#failure ??= error;
  }
}
