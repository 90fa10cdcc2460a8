import { AbortError } from "@bascule/core";
import type { Talker } from "./talkers.ts";
import type { Transcript } from "./transcript.ts";

/** How far a member may fall behind the others before it is disconnected. */
export const BEHIND_BYTES_MAX: number = 1024 * 1024;
/** From here on a member is late, until it is less than half as far behind. */
const LATE_BYTES = BEHIND_BYTES_MAX / 2;
/** The most that is taken for one write. */
const TAKE_BYTES_MAX = 64 * 1024;

/** Positions in the transcript, from and to. */
interface Stretch {
  readonly from: number;
  to: number;
}

/** The member's side of its session. */
export interface Outlet {
  /** Resolves when the socket has accepted everything; {@link fail} ends it. */
  write(parts: Uint8Array[]): Promise<void>;
  /** The socket failed, or the member has fallen too far behind ({@link TOO_SLOW}). */
  fail(error: unknown): void;
}

/** Somebody fell too far behind. */
export const TOO_SLOW: AbortError = new AbortError("The client reads too slowly");

/**
 * Somebody in the room: a name, and a place in the transcript.
 *
 * Pattern: a bounded inbox without a queue. What a member has not read is the stretch from its
 * place to the transcript's end; its own lines are cut out of it. A member that does not read costs
 * nothing but its place, and everybody else's messages are stored once for all.
 */
export class Member implements Talker {
  readonly name: string;
  spokeInRound: number = 0;
  readonly #outlet: Outlet;
  readonly #transcript: Transcript;
  #isWriting: boolean = false;
  /** The last write; it never rejects. */
  #writing: Promise<void> | null = null;
  #place: number;
  #taken: number;
  /** Where it stops reading; null while it is in the room. */
  #last: number | null = null;
  #isLate: boolean = false;
  readonly #onCaughtUp: (member: Member) => void;
  /** Its own lines that it has not passed yet, in order, joined where they touch. */
  readonly #own: Stretch[] = [];

  /** @param onCaughtUp is called when it is not late any more */
  constructor(
    name: string,
    transcript: Transcript,
    outlet: Outlet,
    onCaughtUp: (member: Member) => void,
  ) {
    this.name = name;
    this.#outlet = outlet;
    this.#transcript = transcript;
    this.#onCaughtUp = onCaughtUp;
    this.#place = transcript.end;
    this.#taken = transcript.end;
  }

  /** Whether it has fallen so far behind that it must not stay. */
  get isTooSlow(): boolean {
    return this.#behindBytes > BEHIND_BYTES_MAX;
  }

  /**
   * Whether it has become late since this was asked last. Somebody who talks as fast as the server
   * can hear outruns also those who read as fast as they can.
   */
  becomesLate(): boolean {
    if (this.#isLate || this.#behindBytes <= LATE_BYTES) return false;
    this.#isLate = true;
    return true;
  }

  /** It has fallen too far behind: what it is still owed is dropped. */
  drop(): void {
    this.#last = this.#place;
    this.#outlet.fail(TOO_SLOW);
  }

  /** It leaves: what is said from now on is not for it. */
  leave(): void {
    this.#last ??= this.#transcript.end;
  }

  /** Waits until its socket has accepted all that was said until it left. */
  async finish(): Promise<void> {
    await this.#writing;
    this.pass();
    await this.#writing;
  }

  /**
   * Passes on what it has not read, in the background. A socket that is full takes its time, and
   * then takes everything that was said meanwhile at once.
   */
  pass(): void {
    if (this.#isWriting) return;
    const parts = this.#take();
    if (parts.length > 0) this.#writing = this.#write(parts);
  }

  /** A line from `from` to `to` is its own: it is not to get it. */
  skip(from: number, to: number): void {
    const last = this.#own.at(-1);
    if (last !== undefined && last.to === from) last.to = to;
    else this.#own.push({ from, to });
  }

  async #write(parts: Uint8Array[]): Promise<void> {
    this.#isWriting = true;
    try {
      for (let next = parts; next.length > 0; next = this.#take()) {
        await this.#outlet.write(next);
        this.#moveOn();
      }
    } catch (error) {
      this.#outlet.fail(error);
    } finally {
      this.#isWriting = false;
    }
  }

  /** What to write to its socket next; empty when there is nothing. */
  #take(): Uint8Array[] {
    const transcript = this.#transcript;
    const end = Math.min(this.#last ?? transcript.end, this.#place + TAKE_BYTES_MAX);
    const parts: Uint8Array[] = [];
    let from = this.#place;
    for (let own = this.#own[0]; own !== undefined && own.from < end; own = this.#own[0]) {
      if (own.from > from) transcript.read(from, own.from, parts);
      from = own.to;
      this.#own.shift();
    }
    if (from < end) transcript.read(from, end, parts);
    this.#taken = Math.max(from, end);
    if (parts.length === 0) this.#moveOn();
    return parts;
  }

  get #behindBytes(): number {
    return this.#transcript.end - this.#place;
  }

  /** What was taken is behind it. */
  #moveOn(): void {
    this.#place = this.#taken;
    if (!this.#isLate || this.#behindBytes >= LATE_BYTES / 2) return;
    this.#isLate = false;
    this.#onCaughtUp(this);
  }
}
