import type { WorldState } from "../world-state.ts";
import type { Cables } from "./cables.ts";

/** How long TCP goes on sending what nobody answers: `tcp_retries2` on Linux. */
const GIVE_UP_MS = 924_600;
/** After a cut has healed, the next attempt to send again comes within this time. */
const RETRY_MS_MAX = 400;

interface Packet {
  readonly arrivesAtMs: number;
  readonly arrive: () => void;
  /** Told when the packet is lost for good. */
  readonly lost: (() => void) | null;
  /** Word of what was read: not acknowledged, so nobody gives up for want of an answer. */
  readonly isCredit: boolean;
  /** How often its sender, or the one whom a credit is for, had crashed when it was sent. */
  readonly crashes: number;
}

/** What an end of a connection is told of its way to the other. */
export interface LaneOwner {
  /** Nobody has answered for so long that the connection is given up. */
  expire(): void;
  /** The way that was watched is cut. */
  wayWasCut(): void;
  /** The connection is lost without a word, both ways. */
  wayWasLost(): void;
}

/**
 * One direction of a connection: packets arrive in the order in which they were sent, each after
 * the way's latency and when there is bandwidth. Where the way is cut they wait, as TCP sends them
 * again, until it heals or the sender gives up. A host that crashes sends nothing again, and what
 * is still under way from it is lost, too.
 */
export class Lane {
  readonly from: string;
  readonly to: string;
  owner: LaneOwner | null = null;
  readonly #world: WorldState;
  readonly #cables: Cables;
  readonly #latencyMs: number;
  #packets: Packet[] = [];
  #lastArrivalMs: number = 0;
  /** Of all hosts, when packets were last looked through for what is lost. */
  #crashesSeen: number = 0;
  #isStalled: boolean = false;
  #isLost: boolean = false;
  #isWatched: boolean = false;
  /** Something has been sent that is not answered. */
  #isUnanswered: boolean = false;
  /** Counts the times of silence, so that a give-up of an earlier one is recognised. */
  #silences: number = 0;

  constructor(world: WorldState, cables: Cables, from: string, to: string) {
    this.#world = world;
    this.#cables = cables;
    this.from = from;
    this.to = to;
    const [min, max] = world.faults.latencyMs;
    this.#latencyMs = from === to ? 0 : world.choices.between(min, max);
  }

  get #isCut(): boolean {
    return this.#isLost || this.#cables.isCut(this.from, this.to);
  }

  /**
   * Sends something that takes up `byteLength` of the bandwidth.
   * @param lost called instead of `arrive` when the sender crashes before it has arrived
   */
  send(byteLength: number, arrive: () => void, lost: (() => void) | null = null): void {
    if (this.from === this.to) {
      arrive();
      return;
    }
    const { choices, faults } = this.#world;
    if (choices.chance(faults.lostConnections)) {
      this.#world.note(this.from, "lost", `the way to ${this.to}`);
      this.lose();
      this.owner?.wayWasLost();
    }
    const takesMs = faults.bytesPerMs > 0 ? byteLength / faults.bytesPerMs : 0;
    this.#put(takesMs, { arrive, lost, isCredit: false, crashes: this.#crashesOf(false) });
    if (this.#isStalled) this.#countSilence();
  }

  /** Tells the peer what was read. */
  credit(arrive: () => void): void {
    if (this.from === this.to) arrive();
    else this.#put(0, { arrive, lost: null, isCredit: true, crashes: this.#crashesOf(true) });
  }

  /** Has the owner told, once, when the way is cut, or that it is. */
  watch(): void {
    if (this.from === this.to || this.#isWatched) return;
    if (this.#isCut) {
      this.owner?.wayWasCut();
      return;
    }
    this.#isWatched = true;
    this.#cables.waitForCut(this);
  }

  lookForCut(): void {
    if (!this.#isWatched) return;
    this.#isWatched = false;
    this.watch();
  }

  /** Nothing arrives any more. */
  lose(): void {
    this.#isLost = true;
    this.lookForCut();
  }

  /** The way may be open again. */
  resume(): void {
    if (!this.#isStalled) return;
    this.#isStalled = false;
    this.#isUnanswered = false;
    this.#dropLost();
    if (this.#packets.length === 0) return;
    const retryMs = this.#world.choices.between(0, RETRY_MS_MAX);
    this.#scheduleFirst(this.#world.nowMs + retryMs + this.#latencyMs);
  }

  #put(takesMs: number, content: Omit<Packet, "arrivesAtMs">): void {
    const sentMs = this.#world.nowMs + this.#latencyMs;
    const arrivesAtMs = Math.max(sentMs, this.#lastArrivalMs) + takesMs;
    this.#lastArrivalMs = arrivesAtMs;
    this.#packets.push({ arrivesAtMs, ...content });
    if (this.#packets.length === 1 && !this.#isStalled) this.#scheduleFirst(arrivesAtMs);
  }

  #scheduleFirst(atMs: number): void {
    this.#world.agenda.add(atMs, () => this.#deliver());
  }

  #deliver(): void {
    this.#dropLost();
    const packets = this.#packets;
    if (packets.length === 0) return;
    if (this.#isCut) {
      this.#stall();
      return;
    }
    const nowMs = this.#world.nowMs;
    let first = packets[0];
    while (first !== undefined && first.arrivesAtMs <= nowMs) {
      packets.shift();
      first.arrive();
      first = packets[0];
    }
    if (first !== undefined) this.#scheduleFirst(first.arrivesAtMs);
  }

  #stall(): void {
    this.#isStalled = true;
    if (!this.#isLost) this.#cables.waitForHealing(this);
    if (this.#packets.some((packet) => !packet.isCredit)) this.#countSilence();
  }

  #countSilence(): void {
    if (this.#isUnanswered) return;
    this.#isUnanswered = true;
    const silence = ++this.#silences;
    this.#world.after(GIVE_UP_MS, () => {
      if (this.#isUnanswered && this.#silences === silence) this.owner?.expire();
    });
  }

  /** What a crashed host had sent, and word for one of what it did not get to know, is gone. */
  #dropLost(): void {
    if (this.#crashesSeen === this.#cables.crashes) return;
    this.#crashesSeen = this.#cables.crashes;
    const isLost = ({ isCredit, crashes }: Packet): boolean =>
      crashes !== this.#crashesOf(isCredit);
    const lost = this.#packets.filter(isLost);
    if (lost.length === 0) return;
    this.#packets = this.#packets.filter((packet) => !isLost(packet));
    for (const packet of lost) packet.lost?.();
  }

  #crashesOf(isCredit: boolean): number {
    const { from, to } = this;
    return this.#cables.crashesOf(from) + (isCredit ? this.#cables.crashesOf(to) : 0);
  }
}
