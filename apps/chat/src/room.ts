import { sleep, timeout, TimeoutError, yieldNow } from "@bascule/core";
import { Notify, select } from "@bascule/sync";
import { BEHIND_BYTES_MAX, Member, type Outlet } from "./member.ts";
import { hasJoined, hasLeft, said, SERVER_IS_LEAVING } from "./protocol/texts.ts";
import { Statistics } from "./statistics.ts";
import { Talkers } from "./talkers.ts";
import { Transcript } from "./transcript.ts";

/** After so many bytes of talk the room looks for members that have fallen behind. */
const LOOK_EVERY_BYTES = 64 * 1024;
/** How much may have been said and not been passed on before talkers wait. */
const AHEAD_BYTES_MAX = 256 * 1024;
/** How long talkers wait for late members. */
const PATIENCE_MS = 250;
/**
 * Members that are served in one go: others get their turn as well. A write costs a unit of budget.
 */
const MEMBERS_PER_TURN = 100;

/**
 * How long lines are gathered at most before they are passed on: for each member a seventh or so of
 * what a write costs. Clients that answer each other are then served by one round instead of two by
 * turns. When all who talked of late have been heard, nobody is waited for.
 */
const GATHER_MS_PER_MEMBER = 0.001;
const GATHER_MS_MIN = 0.02;
const GATHER_MS_MAX = 1;

/**
 * Everybody who has joined, and what they say to each other. All of it is synchronous: between two
 * `await`s nobody else runs, so there is no lock to take, and everybody sees one order of events.
 */
export class Room {
  readonly statistics: Statistics = new Statistics();
  readonly #transcript: Transcript = new Transcript(2 * BEHIND_BYTES_MAX);
  readonly #members: Map<string, Member> = new Map();
  /** Something was said. */
  readonly #news: Notify = new Notify();
  /** Everything that had been said was passed on. */
  readonly #passed: Notify = new Notify();
  readonly #talkers: Talkers = new Talkers();
  /** All who talked of late have been heard. */
  readonly #heard: Notify = new Notify();
  /** Nobody is waited for any more. */
  readonly #eased: Notify = new Notify();
  #isClosed: boolean = false;
  /** Members that talkers wait for. */
  readonly #late: Set<Member> = new Set();
  readonly #onCaughtUp = (member: Member): void => this.#ease(member);
  #lookAt: number = LOOK_EVERY_BYTES;
  /** What was said before this position has been passed on. */
  #passedTo: number = 0;

  /** Whether the server is leaving. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Names in the order in which they joined. */
  get names(): string[] {
    return [...this.#members.keys()];
  }

  /** Lets somebody in, and tells the others. @returns null when the name is taken */
  join(name: string, outlet: Outlet): Member | null {
    if (this.#members.has(name)) return null;
    this.#publish(hasJoined(name));
    const member = new Member(name, this.#transcript, outlet, this.#onCaughtUp);
    this.#members.set(name, member);
    return member;
  }

  /** Lets somebody out, and tells the others. Harmless the second time. */
  leave(member: Member): void {
    member.leave();
    this.#ease(member);
    if (this.#members.get(member.name) !== member) return;
    this.#members.delete(member.name);
    if (!this.#isClosed) this.#publish(hasLeft(member.name));
  }

  /** A line goes to everybody but the one who says it. */
  say(member: Member, line: string): void {
    const from = this.#transcript.end;
    if (this.#talkers.note(member)) this.#heard.notifyAll();
    this.#publish(said(member.name, line));
    member.skip(from, this.#transcript.end);
    this.statistics.count(this.#members.size - 1);
  }

  /**
   * Passes on what is said, until it is aborted. Run it as a task.
   *
   * Pattern: coalescing. While members are served more is said, and the next round takes all of
   * that to each of them with one write. Nobody is waited for: a socket that is full is served by
   * itself.
   */
  async passOn(): Promise<never> {
    let served = 0;
    for (;;) {
      while (this.#transcript.end === this.#passedTo) await this.#news.notified();
      await this.#gather();
      this.#talkers.nextRound();
      const { end } = this.#transcript;
      for (const member of this.#members.values()) {
        member.pass();
        if (++served % MEMBERS_PER_TURN === 0) await yieldNow();
      }
      this.#passedTo = end;
      this.#passed.notifyAll();
    }
  }

  /**
   * Waits while lines come faster than they are passed on, or than members that do read can take
   * them: whoever talks is held back by that, so that a burst of lines is not mistaken for slow
   * readers.
   */
  async calm(): Promise<void> {
    while (this.#transcript.end - this.#passedTo > AHEAD_BYTES_MAX) await this.#passed.notified();
    while (this.#late.size > 0) await this.#bearWithLate();
  }

  /** The server is leaving: everybody hears of it, and nothing follows. */
  close(): void {
    if (this.#isClosed) return;
    this.#publish(SERVER_IS_LEAVING);
    this.#isClosed = true;
  }

  async #gather(): Promise<void> {
    const ms = this.#members.size * GATHER_MS_PER_MEMBER;
    if (ms < GATHER_MS_MIN || this.#talkers.areAllHeard) return;
    await select({
      heard: () => this.#heard.notified(),
      late: () => sleep(Math.min(ms, GATHER_MS_MAX)),
    });
  }

  #publish(line: string): void {
    this.#transcript.append(line);
    if (this.#transcript.end > this.#lookAt) this.#look();
    this.#news.notifyOne();
  }

  #look(): void {
    this.#lookAt = this.#transcript.end + LOOK_EVERY_BYTES;
    const slow: Member[] = [];
    for (const member of this.#members.values()) {
      if (member.isTooSlow) slow.push(member);
      else if (member.becomesLate()) this.#late.add(member);
    }
    for (const member of slow) this.#drop(member);
  }

  /** Waits until those who are late have caught up, or have had their time. */
  async #bearWithLate(): Promise<void> {
    const late = [...this.#late];
    try {
      await timeout(PATIENCE_MS, () => this.#eased.notified());
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      for (const member of late) this.#ease(member);
    }
  }

  /** Nobody waits for this one any more. */
  #ease(member: Member): void {
    if (this.#late.delete(member) && this.#late.size === 0) this.#eased.notifyAll();
  }

  /** Whoever does not read is disconnected, and the memory it would have needed was never taken. */
  #drop(member: Member): void {
    member.drop();
    this.leave(member);
  }
}
