import type { Transcript } from "./transcript.ts";

/** How far a member may fall behind the others before it is disconnected. */
export const BEHIND_BYTES_MAX: number = 1024 * 1024;
/** The most that is taken for one write. */
const TAKE_BYTES_MAX = 64 * 1024;

/** Positions in the transcript, from and to. */
interface Stretch {
  readonly from: number;
  to: number;
}

/**
 * Somebody in the room: a name, and a place in the transcript.
 *
 * Pattern: a bounded inbox without a queue. What a member has not read is the stretch from its place
 * to the transcript's end; its own lines are cut out of it. A member that does not read costs nothing
 * but its place, and everybody else's messages are stored once for all.
 */
export class Member {
  readonly name: string;
  /** Called when it has fallen too far behind. */
  readonly disconnect: () => void;
  readonly #transcript: Transcript;
  #place: number;
  #taken: number;
  /** Where it stops reading; null while it is in the room. */
  #last: number | null = null;
  /** Its own lines that it has not passed yet, in order, joined where they touch. */
  readonly #own: Stretch[] = [];

  constructor(name: string, transcript: Transcript, disconnect: () => void) {
    this.name = name;
    this.disconnect = disconnect;
    this.#transcript = transcript;
    this.#place = transcript.end;
    this.#taken = transcript.end;
  }

  /** The position up to which its socket has accepted everything. */
  get place(): number {
    return this.#place;
  }

  /** Whether it has fallen so far behind that it must not stay. */
  get isTooSlow(): boolean {
    return this.#transcript.end - this.#place > BEHIND_BYTES_MAX;
  }

  /** Whether it has left, and has been given everything until then. */
  get isDone(): boolean {
    return this.#last !== null && this.#place >= this.#last;
  }

  /** It leaves: it still gets what has been said until now. */
  leave(): void {
    this.#last ??= this.#transcript.end;
  }

  /** A line from `from` to `to` is its own: it is not to get it. */
  skip(from: number, to: number): void {
    const last = this.#own.at(-1);
    if (last !== undefined && last.to === from) last.to = to;
    else this.#own.push({ from, to });
  }

  /** What to write to its socket next; empty when there is nothing. Then {@link advance}. */
  take(): Uint8Array[] {
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
    if (parts.length === 0) this.advance();
    return parts;
  }

  /** The socket has accepted what was taken. */
  advance(): void {
    this.#place = this.#taken;
  }
}
