import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FakeDriver } from "../../test/fake-driver.ts";
import { fakeKind } from "../../test/fake-kind.ts";
import { countLiving } from "../../test/living.ts";
import { InvariantError } from "../errors.ts";
import { Descriptor } from "./descriptor.ts";
import type { OperationLedger } from "./operation-ledger.ts";
import { CANCELLING, IDLE, NO_BUFFER, type Operation, SUBMITTED } from "./operation.ts";

const ECANCELED = -125;

let driver: FakeDriver;
let ledger: OperationLedger;
let heard: { result: number; more: boolean; bufferId: number }[];

beforeEach(() => {
  driver = new FakeDriver();
  driver.cancelsAtOnce = false;
  ledger = driver.ledger;
  heard = [];
});

const listener = {
  onCompletion: (_operation: Operation, result: number, more: boolean, bufferId: number) => {
    heard.push({ result, more, bufferId });
  },
};

function prepared(descriptor: Descriptor | null = null): Operation {
  return ledger.prepare(fakeKind("probe"), descriptor, listener);
}

function submitted(descriptor: Descriptor | null = null): Operation {
  const operation = prepared(descriptor);
  ledger.submit(operation);
  return operation;
}

describe("the way from submit to the final completion", () => {
  test("a submitted operation reaches the driver, completes once and frees its slot", () => {
    const operation = submitted();
    expect(driver.submitted).toEqual([operation]);
    expect([operation.state, ledger.inFlight]).toEqual([SUBMITTED, 1]);
    const { slot, generation } = operation;
    ledger.deliver(operation, 17, false, 3);
    expect(heard).toEqual([{ result: 17, more: false, bufferId: 3 }]);
    expect([operation.state, ledger.inFlight]).toEqual([IDLE, 0]);
    const next = prepared();
    expect([next.slot, next.generation]).toEqual([slot, generation + 1]);
  });

  test("completions that say MORE leave the operation in flight", () => {
    const operation = submitted();
    ledger.deliver(operation, 1, true, NO_BUFFER);
    ledger.deliver(operation, 2, true, NO_BUFFER);
    expect([operation.state, ledger.inFlight, ledger.counters.partial]).toEqual([SUBMITTED, 1, 2]);
    ledger.deliver(operation, 0, false, NO_BUFFER);
    expect([ledger.inFlight, ledger.counters.completed]).toEqual([0, 1]);
  });

  test("a completion that says MORE is delivered by slot and generation, while in flight", () => {
    const others = Array.from({ length: 200 }, () => submitted());
    const operation = submitted();
    const { slot, generation } = operation;
    expect(ledger.canDeliverPartial(slot, generation)).toBe(true);
    ledger.deliverPartial(slot, 7, 3);
    expect(heard).toEqual([{ result: 7, more: true, bufferId: 3 }]);
    expect([ledger.inFlight, ledger.counters.partial]).toEqual([201, 1]);
    ledger.deliver(operation, 0, false, NO_BUFFER);
    expect(ledger.canDeliverPartial(slot, generation)).toBe(false);
    const next = prepared();
    expect([next.slot, ledger.canDeliverPartial(slot, next.generation)]).toEqual([slot, false]);
    ledger.submit(next);
    expect(ledger.canDeliverPartial(slot, generation)).toBe(false);
    expect(ledger.canDeliverPartial(slot, next.generation)).toBe(true);
    expect(others.every((each) => ledger.canDeliverPartial(each.slot, each.generation))).toBe(true);
    expect(ledger.canDeliverPartial(5000, 0)).toBe(false);
  });

  test("who heard of the end is kept by nobody", async () => {
    const hearers = Array.from({ length: 100 }, () => {
      const hearer = { onCompletion: () => undefined };
      ledger.submit(ledger.prepare(fakeKind(), null, hearer));
      return new WeakRef(hearer);
    });
    for (const operation of driver.submitted) ledger.deliver(operation, 0, false, NO_BUFFER);
    expect(await countLiving(hearers)).toBeLessThan(10);
  });

  test("the operation is free for reuse before its listener hears of the end", () => {
    let reused: Operation | null = null;
    const again = { onCompletion: () => void (reused = submitted()) };
    const operation = ledger.prepare(fakeKind(), null, again);
    ledger.submit(operation);
    ledger.deliver(operation, 0, false, NO_BUFFER);
    expect(reused as Operation | null).toBe(operation);
    expect(ledger.inFlight).toBe(1);
  });

  test("a cancel is asked for once, and the final completion still comes", () => {
    const operation = submitted();
    ledger.cancel(operation);
    ledger.cancel(operation);
    expect(driver.cancelled).toEqual([operation]);
    expect(operation.state).toBe(CANCELLING);
    ledger.deliver(operation, ECANCELED, false, NO_BUFFER);
    expect([ledger.counters.cancelsRequested, ledger.counters.cancelled]).toEqual([1, 1]);
  });

  test("a success that overtakes its cancel is delivered as the success it is", () => {
    const operation = submitted();
    ledger.cancel(operation);
    ledger.deliver(operation, 42, false, NO_BUFFER);
    expect(heard).toEqual([{ result: 42, more: false, bufferId: NO_BUFFER }]);
    expect(ledger.counters.cancelled).toBe(0);
  });
});

describe("what cannot be throws with slot and state", () => {
  function impossible(action: string, state: number, generation = 0): string {
    return `Cannot ${action} operation 0 (probe, generation ${generation}): its state is ${state}`;
  }

  test("submitting twice", () => {
    const operation = submitted();
    expect(() => ledger.submit(operation)).toThrow(impossible("submit", SUBMITTED));
    ledger.cancel(operation);
    expect(() => ledger.submit(operation)).toThrow(impossible("submit", CANCELLING));
  });

  test("submitting what has gone back to the pool", () => {
    const operation = submitted();
    ledger.deliver(operation, 0, false, NO_BUFFER);
    expect(() => ledger.submit(operation)).toThrow(impossible("submit", IDLE, 1));
  });

  test("cancelling what is not in flight", () => {
    const operation = prepared();
    expect(() => ledger.cancel(operation)).toThrow(impossible("cancel", IDLE));
  });

  test("completing what is not in flight, and completing twice", () => {
    const operation = prepared();
    expect(() => ledger.deliver(operation, 0, false, NO_BUFFER)).toThrow(InvariantError);
    ledger.submit(operation);
    ledger.deliver(operation, 0, false, NO_BUFFER);
    expect(() => ledger.deliver(operation, 0, false, NO_BUFFER)).toThrow(
      impossible("complete", IDLE, 1),
    );
    expect(heard.length).toBe(1);
  });

  test("preparing on a descriptor that is closing", () => {
    const descriptor = new Descriptor(9);
    ledger.close(descriptor);
    expect(() => prepared(descriptor)).toThrow("Cannot prepare probe: descriptor 9 is closing");
  });
});

describe("stale names", () => {
  test("a completion of a slot's earlier life is recognised, counted and ignored", () => {
    const operation = submitted();
    const { slot, generation } = operation;
    expect(ledger.find(slot, generation)).toBe(operation);
    ledger.deliver(operation, 0, false, NO_BUFFER);
    submitted();
    expect(ledger.find(slot, generation)).toBeNull();
    expect(ledger.find(slot + 1, 0)).toBeNull();
    expect(ledger.counters.stale).toBe(2);
  });

  test("a slot that nothing occupies has no operation to find", () => {
    const { slot, generation } = prepared();
    expect(ledger.find(slot, generation)).toBeNull();
  });

  test("the generation wraps around within 31 bits", () => {
    const operation = prepared();
    operation.generation = 0x7fffffff;
    ledger.submit(operation);
    ledger.deliver(operation, 0, false, NO_BUFFER);
    expect(operation.generation).toBe(0);
  });
});

describe("closing a descriptor", () => {
  test("one that nothing holds is closed at once, and only once", () => {
    const descriptor = new Descriptor(5);
    let told = 0;
    descriptor.onClosed = () => told++;
    ledger.close(descriptor);
    ledger.close(descriptor);
    expect([driver.closedFds, told, descriptor.closed]).toEqual([[5], 1, true]);
  });

  test("one that cannot be closed is told, to the last that held it as well", () => {
    const descriptor = new Descriptor(5);
    let told = 0;
    descriptor.onClosed = () => told++;
    driver.closeDescriptor = () => {
      throw new InvariantError("It is not open");
    };
    const operation = submitted(descriptor);
    ledger.close(descriptor);
    expect(() => ledger.deliver(operation, ECANCELED, false, NO_BUFFER)).toThrow("not open");
    expect([heard.length, told, descriptor.closed, ledger.inFlight]).toEqual([1, 1, true, 0]);
  });

  test("one that operations hold is closed after the last of them has ended", () => {
    const descriptor = new Descriptor(5);
    const [first, second] = [submitted(descriptor), submitted(descriptor)];
    ledger.close(descriptor);
    expect(driver.cancelled).toEqual([second, first]);
    ledger.deliver(first, ECANCELED, false, NO_BUFFER);
    expect([driver.closedFds, descriptor.holds]).toEqual([[], 1]);
    ledger.deliver(second, 10, true, NO_BUFFER);
    expect(driver.closedFds).toEqual([]);
    ledger.deliver(second, ECANCELED, false, NO_BUFFER);
    expect([driver.closedFds, descriptor.holds]).toEqual([[5], 0]);
  });

  test("cancelling everything leaves what is cancelling already alone", () => {
    const operations = [submitted(), submitted(), submitted()];
    ledger.cancel(operations[1] as Operation);
    ledger.cancelAll();
    expect(driver.cancelled.length).toBe(3);
    expect([...ledger.pending()]).toEqual(operations);
  });
});

describe("an operation that is reserved for a descriptor", () => {
  function reserved(descriptor: Descriptor): Operation {
    return ledger.reserve(fakeKind("probe"), descriptor, listener);
  }

  test("is submitted over and over, each time with its next generation", () => {
    const descriptor = new Descriptor(5);
    const operation = reserved(descriptor);
    for (let round = 0; round < 3; round++) {
      expect(operation.generation).toBe(round);
      ledger.submit(operation);
      expect([descriptor.holds, ledger.inFlight]).toEqual([1, 1]);
      ledger.deliver(operation, 0, false, NO_BUFFER);
      expect([operation.state, descriptor.holds]).toEqual([IDLE, 0]);
    }
    expect(prepared()).not.toBe(operation);
  });

  test("goes back to the pool when its idle descriptor closes", () => {
    const descriptor = new Descriptor(5);
    const operation = reserved(descriptor);
    ledger.close(descriptor);
    expect([driver.closedFds, driver.cancelled]).toEqual([[5], []]);
    expect(prepared()).toBe(operation);
  });

  test("is cancelled when its descriptor closes, and goes back once it has ended", () => {
    const descriptor = new Descriptor(5);
    const [idle, flying] = [reserved(descriptor), reserved(descriptor)];
    ledger.submit(flying);
    ledger.close(descriptor);
    expect([driver.cancelled, driver.closedFds]).toEqual([[flying], []]);
    ledger.deliver(flying, ECANCELED, false, NO_BUFFER);
    expect(driver.closedFds).toEqual([5]);
    expect([prepared(), prepared()].toSorted((a, b) => a.slot - b.slot)).toEqual([idle, flying]);
  });

  test("cannot be submitted any more once its descriptor is closing, or closed", () => {
    const descriptor = new Descriptor(5);
    const [idle, flying] = [reserved(descriptor), reserved(descriptor)];
    ledger.submit(flying);
    ledger.close(descriptor);
    expect(() => ledger.submit(idle)).toThrow("Cannot submit probe: descriptor 5 is closing");
    ledger.deliver(flying, ECANCELED, false, NO_BUFFER);
    expect(() => ledger.submit(idle)).toThrow(InvariantError);
    expect(ledger.inFlight).toBe(0);
  });
});

describe("what keeps the process alive", () => {
  test("a reference can be taken back while the operation is in flight", () => {
    const operation = submitted();
    expect(ledger.referencedInFlight).toBe(1);
    ledger.setReferenced(operation, false);
    ledger.setReferenced(operation, false);
    expect(ledger.referencedInFlight).toBe(0);
    ledger.deliver(operation, 0, false, NO_BUFFER);
    expect(ledger.referencedInFlight).toBe(0);
  });

  test("an operation that is prepared anew is referenced, whatever its slot was before", () => {
    const operation = submitted();
    ledger.setReferenced(operation, false);
    ledger.deliver(operation, 0, false, NO_BUFFER);
    expect(submitted().referenced).toBe(true);
    expect(ledger.referencedInFlight).toBe(1);
  });
});

test("any sequence of submits, cancels, completions and closes keeps the books", () => {
  const step = fc.tuple(fc.constantFrom("submit", "cancel", "more", "final", "close"), fc.nat(99));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const own = new FakeDriver();
      own.cancelsAtOnce = false;
      const descriptors = [3, 4, 5].map((fd) => new Descriptor(fd));
      const flying: Operation[] = [];
      for (const [action, pick] of steps) {
        const descriptor = descriptors[pick % 3] as Descriptor;
        const chosen = flying[pick % Math.max(1, flying.length)];
        if (action === "submit" && !descriptor.closing) {
          const operation = own.ledger.prepare(fakeKind(), descriptor, listener);
          own.ledger.submit(operation);
          flying.push(operation);
        } else if (action === "cancel" && chosen !== undefined) own.ledger.cancel(chosen);
        else if (action === "more" && chosen !== undefined) {
          own.ledger.deliver(chosen, 1, true, NO_BUFFER);
        } else if (action === "final" && chosen !== undefined) {
          flying.splice(flying.indexOf(chosen), 1);
          own.ledger.deliver(chosen, 0, false, NO_BUFFER);
        } else if (action === "close") own.ledger.close(descriptor);
        const holders = flying.map((operation) => operation.fd);
        expect(own.ledger.inFlight).toBe(flying.length);
        for (const each of descriptors) {
          const holds = holders.filter((fd) => fd === each.fd).length;
          expect(each.holds).toBe(holds);
          expect(each.closed).toBe(each.closing && holds === 0);
          expect(own.closedFds.filter((fd) => fd === each.fd).length).toBe(each.closed ? 1 : 0);
        }
      }
    }),
  );
});
