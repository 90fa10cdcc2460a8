import { Notify } from "@bascule/sync";
import { BEHIND_BYTES_MAX, Member } from "./member.ts";
import { hasJoined, hasLeft, said, SERVER_IS_LEAVING } from "./protocol/texts.ts";
import { Statistics } from "./statistics.ts";
import { Transcript } from "./transcript.ts";

/** After so many bytes of talk the room looks for members that have fallen behind. */
const LOOK_EVERY_BYTES = 64 * 1024;
/** The lead of the talkers over the fastest reader at which they give the readers their turn. */
const AHEAD_BYTES_MAX = 256 * 1024;

/**
 * Everybody who has joined, and what they say to each other. All of it is synchronous: between two
 * `await`s nobody else runs, so there is no lock to take, and everybody sees one order of events.
 */
export class Room {
  readonly statistics: Statistics = new Statistics();
  readonly #transcript: Transcript = new Transcript(2 * BEHIND_BYTES_MAX);
  readonly #members: Map<string, Member> = new Map();
  readonly #news: Notify = new Notify();
  #isClosed: boolean = false;
  #lookAt: number = LOOK_EVERY_BYTES;
  /** How far the fastest reader is. */
  #readTo: number = 0;

  /** Whether the server is leaving. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Names in the order in which they joined. */
  get names(): string[] {
    return [...this.#members.keys()];
  }

  /**
   * Whether lines come faster than the members' tasks get their turn to pass them on. Whoever talks
   * then yields, so that a burst of lines is not mistaken for slow readers.
   */
  get isAhead(): boolean {
    return this.#transcript.end - this.#readTo > AHEAD_BYTES_MAX;
  }

  /**
   * Lets somebody in, and tells the others.
   * @param disconnect is called when the member has fallen too far behind
   * @returns null when the name is taken
   */
  join(name: string, disconnect: () => void): Member | null {
    if (this.#members.has(name)) return null;
    this.#publish(hasJoined(name));
    const member = new Member(name, this.#transcript, disconnect);
    this.#members.set(name, member);
    return member;
  }

  /** Lets somebody out, and tells the others. Harmless the second time. */
  leave(member: Member): void {
    member.leave();
    if (this.#members.get(member.name) === member) {
      this.#members.delete(member.name);
      if (!this.#isClosed) this.#publish(hasLeft(member.name));
    }
    this.#news.notifyAll();
  }

  /** A line goes to everybody but the one who says it. */
  say(member: Member, line: string): void {
    const from = this.#transcript.end;
    this.#publish(said(member.name, line));
    member.skip(from, this.#transcript.end);
    this.statistics.count(this.#members.size - 1);
  }

  /** What to write to a member's socket next; empty when there is nothing yet. */
  take(member: Member): Uint8Array[] {
    const parts = member.take();
    if (member.place > this.#readTo) this.#readTo = member.place;
    return parts;
  }

  /** Waits until something was said, or somebody left. */
  news(): Promise<void> {
    return this.#news.notified();
  }

  /** The server is leaving: everybody hears of it, and nothing follows. */
  close(): void {
    if (this.#isClosed) return;
    this.#publish(SERVER_IS_LEAVING);
    this.#isClosed = true;
  }

  #publish(line: string): void {
    this.#transcript.append(line);
    if (this.#transcript.end > this.#lookAt) this.#dropSlow();
    this.#news.notifyAll();
  }

  /** Whoever does not read is disconnected, and the memory it would have needed was never taken. */
  #dropSlow(): void {
    this.#lookAt = this.#transcript.end + LOOK_EVERY_BYTES;
    const slow = [...this.#members.values()].filter((member) => member.isTooSlow);
    for (const member of slow) {
      this.leave(member);
      member.disconnect();
    }
  }
}
