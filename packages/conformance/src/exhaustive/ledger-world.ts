import { Descriptor, type Driver, NO_BUFFER, type Operation, OperationLedger } from "@bascule/core";
import { recvInto } from "@bascule/sys";
import type { Choices } from "./choices.ts";

const ECANCELED = 125;

/** Something that one actor does, in the order in which the actor does it. */
export interface Action {
  readonly name: string;
  /** Whether it makes sense now; an action that does not is passed over. */
  readonly isPossible: (world: LedgerWorld) => boolean;
  readonly act: (world: LedgerWorld) => void;
}

/** One submission, as it is seen from outside. */
interface Submission {
  readonly name: string;
  readonly operation: Operation;
  readonly slot: number;
  readonly generation: number;
  readonly descriptor: Descriptor;
  readonly root: object;
  partials: number;
  finals: number;
  isCancelled: boolean;
  /** Late completions that named it. */
  lates: number;
}

/** What the kernel may do beside ending an operation. */
export interface KernelHabits {
  /** Operations that may complete once with MORE before they end. */
  readonly partial: readonly string[];
  /** Operations that may complete once more after they have ended. */
  readonly late: readonly string[];
}

/**
 * A ledger with a kernel that the enumeration plays: it completes what is in flight in any order,
 * with any result, before and after any cancel. After each event everything is compared with what
 * the contract says.
 */
export class LedgerWorld {
  readonly ledger: OperationLedger;
  readonly submissions: Map<string, Submission> = new Map();
  readonly #descriptors: Map<string, Descriptor> = new Map();
  readonly #closed: Set<Descriptor> = new Set();
  readonly #habits: KernelHabits;
  #stale: number = 0;

  constructor(habits: KernelHabits) {
    this.#habits = habits;
    const driver: Pick<Driver, "submit" | "cancel" | "closeDescriptor"> = {
      submit: (operation) => this.#onSubmit(operation),
      cancel: (operation) => this.#onCancel(operation),
      closeDescriptor: (descriptor) => this.#onClose(descriptor),
    };
    this.ledger = new OperationLedger(driver as Driver);
  }

  /** A descriptor by name; names with the same letter have the same number. */
  descriptor(name: string): Descriptor {
    const known = this.#descriptors.get(name);
    if (known !== undefined) return known;
    const descriptor = new Descriptor(name.charCodeAt(0));
    this.#descriptors.set(name, descriptor);
    return descriptor;
  }

  submit(name: string, descriptorName: string): void {
    const descriptor = this.descriptor(descriptorName);
    const operation = this.ledger.prepare(recvInto, descriptor, {
      onCompletion: (_operation, _result, more) => this.#onCompletion(name, more),
    });
    const root = { memory: name };
    operation.root = root;
    const { slot, generation } = operation;
    this.submissions.set(name, {
      name,
      operation,
      slot,
      generation,
      descriptor,
      root,
      partials: 0,
      finals: 0,
      isCancelled: false,
      lates: 0,
    });
    this.ledger.submit(operation);
  }

  isInFlight(name: string): boolean {
    return this.submissions.get(name)?.finals === 0;
  }

  isOpen(descriptorName: string): boolean {
    return !this.descriptor(descriptorName).closing;
  }

  /** Whether the number has gone back: another descriptor may get it. */
  isClosed(descriptorName: string): boolean {
    return this.descriptor(descriptorName).closed;
  }

  /** Lets actors and kernel take turns in the order that is chosen, until nothing can happen. */
  run(choices: Choices, actors: readonly (readonly Action[])[]): void {
    const places = actors.map(() => 0);
    for (;;) {
      const events = this.#kernelEvents();
      for (const [index, actor] of actors.entries()) {
        const action = actor[places[index] as number];
        if (action === undefined) continue;
        events.push({
          name: action.name,
          happen: () => {
            places[index] = (places[index] as number) + 1;
            if (action.isPossible(this)) action.act(this);
          },
        });
      }
      if (events.length === 0) break;
      events[choices.among(events.map(({ name }) => name))]?.happen();
      this.#check();
    }
    this.#checkEnd();
  }

  #kernelEvents(): { name: string; happen: () => void }[] {
    const events: { name: string; happen: () => void }[] = [];
    for (const each of this.submissions.values()) {
      const { name, slot, generation } = each;
      const complete = (result: number, more: boolean): void => {
        const operation = this.ledger.find(slot, generation);
        expect(operation === each.operation, `${name} is not found in flight`);
        if (operation !== null) this.ledger.deliver(operation, result, more, NO_BUFFER);
      };
      if (each.finals === 0) {
        events.push({ name: `${name} ends`, happen: () => complete(1, false) });
        if (each.partials === 0 && this.#habits.partial.includes(name)) {
          events.push({ name: `${name} has more`, happen: () => complete(1, true) });
        }
        if (each.isCancelled) {
          events.push({ name: `${name} is cancelled`, happen: () => complete(-ECANCELED, false) });
        }
      } else if (each.lates === 0 && this.#habits.late.includes(name)) {
        events.push({ name: `${name} completes late`, happen: () => this.#late(each) });
      }
    }
    return events;
  }

  /** Invariant 6: a late completion is recognised, whoever has the slot by now. */
  #late(submission: Submission): void {
    submission.lates++;
    this.#stale++;
    const { slot, generation, name } = submission;
    expect(this.ledger.find(slot, generation) === null, `late ${name} names somebody`);
  }

  #onSubmit(operation: Operation): void {
    const { descriptor } = operation;
    expect(descriptor !== null && !descriptor.closing, "a closing descriptor is submitted on");
  }

  /** Invariant 6: a cancel reaches the driver once, for what is in flight. */
  #onCancel(operation: Operation): void {
    const submission = [...this.submissions.values()].find(
      (each) => each.operation === operation && each.finals === 0,
    );
    expect(submission !== undefined, "a cancel is for nothing in flight");
    expect(submission?.isCancelled === false, "a cancel comes twice");
    if (submission !== undefined) submission.isCancelled = true;
  }

  /** Invariant 3: nothing holds a number that goes back, and it goes back once. */
  #onClose(descriptor: Descriptor): void {
    for (const { name, operation, generation, descriptor: own } of this.submissions.values()) {
      const hasEnded = operation.generation !== generation;
      expect(own !== descriptor || hasEnded, `the descriptor of ${name} closes under it`);
    }
    expect(!this.#closed.has(descriptor), "a descriptor closes twice");
    this.#closed.add(descriptor);
  }

  /** Invariant 1: any number with MORE, then one without. */
  #onCompletion(name: string, more: boolean): void {
    const submission = this.submissions.get(name);
    expect(submission?.finals === 0, `${name} completes after its end`);
    if (submission === undefined) return;
    if (more) submission.partials++;
    else submission.finals++;
  }

  #check(): void {
    const all = [...this.submissions.values()];
    const inFlight = all.filter(({ finals }) => finals === 0);
    const { ledger } = this;
    expect(ledger.inFlight === inFlight.length, `${ledger.inFlight} operations are counted`);
    expect(ledger.referencedInFlight === inFlight.length, "referenced operations are miscounted");
    for (const { name, operation, root, generation, descriptor } of inFlight) {
      // Invariant 2: what the kernel may touch stays reachable, and is nobody else's.
      expect(operation.root === root, `the memory of ${name} is not rooted`);
      expect(operation.generation === generation, `${name} changed its generation in flight`);
      expect(!descriptor.closed, `${name} is in flight on a closed descriptor`);
    }
    const slots = new Set(inFlight.map(({ slot }) => slot));
    expect(slots.size === inFlight.length, "two operations share a slot");
    for (const descriptor of this.#descriptors.values()) {
      const holds = inFlight.filter((each) => each.descriptor === descriptor).length;
      expect(descriptor.holds === holds, `descriptor ${descriptor.fd} counts ${descriptor.holds}`);
      expect(descriptor.closed === (descriptor.closing && holds === 0), "a close is not prompt");
    }
    for (const each of inFlight) {
      const mustBe = each.descriptor.closing;
      expect(!mustBe || each.isCancelled, `${each.name} is not cancelled by the close`);
    }
  }

  /** Invariants 1 and 8: everything has ended, once, and nothing is left. */
  #checkEnd(): void {
    const all = [...this.submissions.values()];
    const { counters, inFlight } = this.ledger;
    expect(
      all.every(({ finals }) => finals === 1),
      "an operation has not ended once",
    );
    expect(inFlight === 0, "operations are left");
    expect(counters.submitted === all.length && counters.completed === all.length, "miscounted");
    expect(counters.stale === this.#stale, "late completions are miscounted");
    expect([...this.ledger.pending()].length === 0, "operations are pending");
    const pinned = all.filter(({ operation }) => operation.root !== null);
    expect(pinned.length === 0, "memory stays rooted");
  }
}

function expect(holds: boolean, complaint: string): void {
  if (!holds) throw new Error(complaint);
}
