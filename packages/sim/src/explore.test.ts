import { expect, test } from "bun:test";
import { yieldNow } from "@bascule/core";
import { explore, NondeterminismError, SimulationError, simulate, type World } from "./index.ts";

/** Two tasks that add to a number as if nobody else did. */
async function racyAddition(world: World): Promise<void> {
  let shared = 0;
  const add = async (): Promise<void> => {
    const read = shared;
    await yieldNow();
    await yieldNow();
    shared = read + 1;
  };
  const home = world.host("world");
  // Other tasks, so that there are many decisions that do not matter.
  const others = Array.from({ length: 8 }, () => home.run(() => yieldNow()));
  await home.run(add);
  await Promise.all([...others, home.run(add), home.run(add)]);
  if (shared !== 3) throw new Error(`an addition was lost: ${shared}`);
}

test("a race is found, made short, and replayed", async () => {
  const error = await explore({ seeds: 200, from: 10 }, racyAddition).catch((reason) => reason);
  if (!(error instanceof SimulationError)) throw error;
  expect(error.message).toContain("an addition was lost: 2");
  expect(error.replay.length).toBeLessThanOrEqual(3);
  const again = await simulate({ seed: error.seed, replay: error.replay }, racyAddition).catch(
    (reason) => reason,
  );
  expect(again).toBeInstanceOf(SimulationError);
  expect((again as SimulationError).trace).toBe(error.trace);
});

test("a correct program stands every seed", async () => {
  const explored = await explore({ seeds: 50 }, async (world) => {
    let sum = 0;
    const home = world.host("world");
    await Promise.all([1, 2, 3].map((n) => home.run(() => void (sum += n))));
    if (sum !== 6) throw new Error("wrong");
  });
  expect(explored.runs).toBe(50);
  expect(explored.decisions).toBeGreaterThan(100);
});

test("a program that is not the seed's alone is found out", async () => {
  let runs = 0;
  const error = await explore({ seeds: 5 }, (world) => world.note(String(runs++))).catch(
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(NondeterminismError);
});

test("a failure that does not come again is no failure of the seed's", async () => {
  let runs = 0;
  const error = await explore({ seeds: 3, verifyEvery: 1e9 }, () => {
    if (runs++ === 2) throw new Error("only once");
  }).catch((reason) => reason);
  expect(error).toBeInstanceOf(NondeterminismError);
  expect(String(error)).toContain(
    "The first run failed with Error: only once, the second returned undefined",
  );
});

test("failures inside a SuppressedError are told, and told apart while shrinking", async () => {
  const failWith = (what: string): never => {
    throw new SuppressedError(new Error("close failed"), new Error(what));
  };
  // The first seed of these that fails chooses both.
  const error = await explore({ seeds: 50, faults: "none" }, (world) => {
    const [isFirst, isSecond] = [world.chance(0.5), world.chance(0.5)];
    if (isFirst && isSecond) failWith("both");
    else if (isFirst || isSecond) failWith("either");
  }).catch((reason) => reason);
  expect(String(error)).toContain("close failed, which suppressed Error: both");
  expect(error.replay).toHaveLength(2);
});
