import type { WorldState } from "../world-state.ts";
import type { Cables } from "./cables.ts";

/** How long TCP goes on sending what nobody answers: `tcp_retries2` on Linux. */
const GIVE_UP_MS = 924_600;
/** After a cut has healed, the next attempt to send again comes within this time. */
const RETRY_MS_MAX = 400;

interface Packet {
  readonly arrivesAtMs: number;
  readonly arrive: () => void;
}

/**
 * One direction of a connection: packets arrive in the order in which they were sent, each after
 * the way's latency and when there is bandwidth. Where the way is cut they wait, as TCP sends them
 * again, until it heals or the sender gives up.
 */
export class Lane {
  readonly from: string;
  readonly to: string;
  readonly #world: WorldState;
  readonly #cables: Cables;
  readonly #latencyMs: number;
  readonly #packets: Packet[] = [];
  #lastArrivalMs: number = 0;
  #isStalled: boolean = false;
  #isLost: boolean = false;
  /** Counts the stalls, so that a give-up of an earlier one is recognised. */
  #stalls: number = 0;
  /** Told when the sender gives up: nobody answers. */
  onGiveUp: (() => void) | null = null;

  constructor(world: WorldState, cables: Cables, from: string, to: string) {
    this.#world = world;
    this.#cables = cables;
    this.from = from;
    this.to = to;
    const [min, max] = world.faults.latencyMs;
    this.#latencyMs = from === to ? 0 : world.choices.between(min, max);
  }

  /** Sends something that takes up `byteLength` of the bandwidth. */
  send(byteLength: number, arrive: () => void): void {
    if (this.from === this.to) {
      arrive();
      return;
    }
    const { faults } = this.#world;
    if (this.#world.choices.chance(faults.lostConnections)) {
      this.#isLost = true;
      this.#world.note(this.from, "lost", `the way to ${this.to}`);
    }
    const nowMs = this.#world.nowMs;
    const takesMs = faults.bytesPerMs > 0 ? byteLength / faults.bytesPerMs : 0;
    const arrivesAtMs = Math.max(nowMs + this.#latencyMs, this.#lastArrivalMs) + takesMs;
    this.#lastArrivalMs = arrivesAtMs;
    this.#packets.push({ arrivesAtMs, arrive });
    if (this.#packets.length === 1 && !this.#isStalled) this.#scheduleFirst(arrivesAtMs);
  }

  /** The way may be open again. */
  resume(): void {
    if (!this.#isStalled) return;
    this.#isStalled = false;
    const retryMs = this.#world.choices.between(0, RETRY_MS_MAX);
    this.#scheduleFirst(this.#world.nowMs + retryMs + this.#latencyMs);
  }

  #scheduleFirst(atMs: number): void {
    this.#world.agenda.add(atMs, () => this.#deliver());
  }

  #deliver(): void {
    const packets = this.#packets;
    if (this.#isLost || this.#cables.isCut(this.from, this.to)) {
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
    const stall = ++this.#stalls;
    if (!this.#isLost) this.#cables.waitForHealing(this);
    this.#world.after(GIVE_UP_MS, () => {
      if (this.#isStalled && this.#stalls === stall) this.onGiveUp?.();
    });
  }
}
