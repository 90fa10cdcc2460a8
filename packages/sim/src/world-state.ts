import type { Operation } from "@bascule/core";
import { Agenda } from "./agenda.ts";
import { Choices, type Deviations } from "./choices.ts";
import { type Faults, pickFaults } from "./faults.ts";
import { Trace } from "./trace.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What all parts of one simulated world share. */
export class WorldState {
  readonly clock: VirtualClock;
  readonly agenda: Agenda = new Agenda();
  readonly trace: Trace = new Trace();
  readonly choices: Choices;
  readonly faults: Faults;

  /**
   * @param source a seed, or the decisions of a run to repeat
   * @param lookMs how much time every look at the clock takes
   */
  constructor(source: number | Deviations, faults: Faults, lookMs: number = 0) {
    this.clock = new VirtualClock(lookMs);
    this.choices = new Choices(source);
    this.faults = pickFaults(faults, this.choices);
  }

  get nowMs(): number {
    return this.clock.now();
  }

  /** Has something happen after a while. */
  after(ms: number, happen: () => void): void {
    this.agenda.add(this.clock.now() + ms, happen);
  }

  /** A line for the trace. */
  note(host: string, event: string, subject: string, value: number = Number.NaN): void {
    this.trace.add({ timeMs: this.clock.now(), host, event, subject, slot: -1, fd: -1, value });
  }

  /** A line about an operation. @param file what its descriptor leads to; empty for a socket */
  noteOperation(
    host: string,
    event: string,
    operation: Operation,
    file: string,
    value: number,
  ): void {
    const { kind, slot, fd } = operation;
    const name = kind?.name ?? "nothing";
    const subject = file === "" ? name : `${name} ${file}`;
    this.trace.add({ timeMs: this.clock.now(), host, event, subject, slot, fd, value });
  }

  /** Lets happen what is due. @returns how much that was */
  happen(): number {
    let count = 0;
    const nowMs = this.clock.now();
    for (let next = this.agenda.take(nowMs); next !== null; next = this.agenda.take(nowMs)) {
      next.happen();
      count++;
    }
    return count;
  }
}
