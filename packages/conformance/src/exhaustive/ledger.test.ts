import { expect, test } from "bun:test";
import { enumerate } from "./choices.ts";
import { type Action, type KernelHabits, LedgerWorld } from "./ledger-world.ts";

/** Operations that are in flight to begin with, and who does what beside the kernel. */
interface LedgerProgram {
  readonly name: string;
  readonly begun: readonly (readonly [operation: string, descriptor: string])[];
  readonly actors: readonly (readonly Action[])[];
  readonly kernel: KernelHabits;
  /** How many interleavings there are. */
  readonly count: number;
}

function submit(name: string, descriptor: string): Action {
  return {
    name: `submit ${name}`,
    isPossible: (world) => world.isOpen(descriptor),
    act: (world) => world.submit(name, descriptor),
  };
}

function cancel(name: string): Action {
  return {
    name: `cancel ${name}`,
    isPossible: (world) => world.isInFlight(name),
    act: (world) => {
      const operation = world.submissions.get(name)?.operation;
      if (operation !== undefined) world.ledger.cancel(operation);
    },
  };
}

function close(descriptor: string): Action {
  return {
    name: `close ${descriptor}`,
    isPossible: () => true,
    act: (world) => world.ledger.close(world.descriptor(descriptor)),
  };
}

/** Submits on a descriptor that has the number of an earlier one, as soon as that has gone back. */
function reuse(earlier: string, name: string, descriptor: string): Action {
  return {
    name: `submit ${name} on the number of ${earlier}`,
    isPossible: (world) => world.isClosed(earlier),
    act: (world) => world.submit(name, descriptor),
  };
}

const shutdown: Action = {
  name: "shutdown",
  isPossible: () => true,
  act: (world) => world.ledger.cancelAll(),
};

const PROGRAMS: readonly LedgerProgram[] = [
  {
    name: "three operations, two of them cancelled, and a close",
    begun: [
      ["a", "X"],
      ["b", "X"],
      ["c", "Y"],
    ],
    actors: [[cancel("a")], [cancel("c")], [close("X")]],
    kernel: { partial: ["a"], late: [] },
    count: 13_266,
  },
  {
    name: "three actors that submit, cancel and close",
    begun: [],
    actors: [
      [submit("a", "X"), cancel("a")],
      [submit("b", "X"), close("X")],
      [submit("c", "Y"), cancel("c")],
    ],
    kernel: { partial: [], late: [] },
    count: 43_512,
  },
  {
    name: "slots that are used again while late completions name their earlier life",
    begun: [["a", "X"]],
    actors: [
      [cancel("a"), submit("b", "X"), cancel("b")],
      [submit("c", "Y"), cancel("c")],
    ],
    kernel: { partial: [], late: ["a"] },
    count: 18_900,
  },
  {
    name: "a number that is used again as soon as it has gone back",
    begun: [
      ["a", "X1"],
      ["b", "X1"],
    ],
    actors: [[close("X1"), reuse("X1", "c", "X2")], [cancel("a")]],
    kernel: { partial: ["a"], late: ["a", "b"] },
    count: 9_762,
  },
  {
    name: "a shutdown beside closes and a late submission",
    begun: [
      ["a", "X"],
      ["b", "Y"],
    ],
    actors: [[shutdown], [close("X")], [submit("c", "Y"), close("Y")]],
    kernel: { partial: [], late: ["a"] },
    count: 26_850,
  },
];

for (const { name, begun, actors, kernel, count } of PROGRAMS) {
  test(`the contract holds in all ${count} interleavings of ${name}`, () => {
    const counted = enumerate((choices) => {
      const world = new LedgerWorld(kernel);
      for (const [operation, descriptor] of begun) world.submit(operation, descriptor);
      world.run(choices, actors);
    });
    expect(counted).toBe(count);
  }, 120_000);
}
