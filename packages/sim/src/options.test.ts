import { expect, test } from "bun:test";
import { liveRuntimes } from "@bascule/core";
import { createDriver, explore, simulate } from "./index.ts";

/** Options that make no sense, and what has to be said of them. */
const SIMULATE: readonly [object, string][] = [
  [{ seed: -1 }, 'Cannot use seed "-1": pass a whole number, 0 or more'],
  [{ seed: "3" }, 'Cannot use seed "3"'],
  [{ replay: 5 }, 'Cannot use replay "5": pass the replay of a SimulationError'],
  [{ replay: [[1]] }, 'Cannot use replay "[ [ 1 ] ]"'],
  [{ verify: 1 }, 'Cannot use verify "1": pass true or false'],
  [{ roundsMax: Number.NaN }, 'Cannot use roundsMax "NaN": pass a whole number, 1 or more'],
  [{ hosts: "abc" }, 'Cannot use hosts "abc": pass a list of names'],
  [{ hosts: [""] }, 'Cannot use hosts "[ "" ]": pass a list of names'],
  [{ hosts: ["a", "A"] }, 'Cannot add host "A" twice: neither large letters nor a dot'],
  [{ hosts: ["a", "b", "a."] }, 'Cannot add host "a." twice'],
  [{ hosts: ["world"] }, 'Cannot add host "world" twice'],
  [{ hosts: ["localhost"] }, 'Cannot add host "localhost": that is an address, pass a name'],
  [{ hosts: ["10.0.0.1"] }, 'Cannot add host "10.0.0.1": that is an address'],
  [{ faults: "bening" }, 'Cannot use faults "bening": pass "none", "benign", "all"'],
  [{ faults: null }, 'Cannot use faults "null"'],
  [{ faults: { refusal: 1 } }, 'Cannot set fault "refusal": there are reorderedTasks, '],
  [{ faults: { toString: 1 } }, 'Cannot set fault "toString": there are reorderedTasks, '],
  [{ faults: { resets: 2 } }, 'Cannot set fault "resets" to "2": pass a number from 0 to 1'],
  [{ faults: { tornWrites: 5 } }, 'Cannot set fault "tornWrites" to "5"'],
  [{ faults: { bytesPerMs: -1 } }, 'Cannot set fault "bytesPerMs" to "-1": pass a number, 0'],
  [{ faults: { latencyMs: 5 } }, 'Cannot set fault "latencyMs" to "5": pass [min, max]'],
  [{ faults: { latencyMs: [5, 1] } }, 'latencyMs" to "[ 5, 1 ]": pass [min, max]'],
  [{ faults: { latencyMs: [-5, -1] } }, "numbers with 0 <= min <= max"],
  [{ faults: { latencyMs: [Number.NaN, Number.NaN] } }, 'latencyMs" to "[ NaN, NaN ]"'],
  [{ faults: { diskLatencyMs: [0, Number.POSITIVE_INFINITY] } }, "diskLatencyMs"],
  [{ faults: { socketBufferBytes: [0, 0] } }, "numbers with 1 <= min <= max"],
];

test.each(SIMULATE)("simulate(%j) is refused before anything runs", async (options, message) => {
  const besideCount = liveRuntimes().length;
  const running = simulate(options, () => {
    throw new Error("it runs");
  });
  await expect(running).rejects.toThrow(RangeError);
  expect(liveRuntimes().length).toBe(besideCount);
  await expect(running).rejects.toThrow(message);
});

const EXPLORE: readonly [object, string][] = [
  [{}, 'Cannot use seeds "undefined": pass a whole number, 1 or more'],
  [{ seeds: 0 }, 'Cannot use seeds "0"'],
  [{ seeds: 3, from: Number.MAX_SAFE_INTEGER }, "Cannot use a last seed of"],
  [{ seeds: 1, from: 0.5 }, 'Cannot use from "0.5"'],
  [{ seeds: 1, verifyEvery: 0 }, 'Cannot use verifyEvery "0"'],
  [{ seeds: 1, shrinkRuns: -1 }, 'Cannot use shrinkRuns "-1"'],
  [{ seeds: 1, hosts: "abc" }, 'Cannot use hosts "abc"'],
];

test.each(EXPLORE)("explore(%j) is refused", async (options, message) => {
  await expect(explore(options as { seeds: number }, () => undefined)).rejects.toThrow(message);
});

test("a driver's seed and faults are looked at when it is made", () => {
  expect(() => createDriver({ seed: -1 })).toThrow('Cannot use seed "-1"');
  expect(() => createDriver({ faults: { resets: 2 } })).toThrow('Cannot set fault "resets"');
});

test("what are no options, and no program, is said", async () => {
  const run = simulate as (options: unknown, body: unknown) => Promise<unknown>;
  await expect(run(undefined, () => 1)).rejects.toThrow('Cannot use options "undefined"');
  await expect(run({}, 5)).rejects.toThrow('Cannot simulate "5": pass a function');
});

test("a choice from nothing, and a chance that is none, are refused", async () => {
  await simulate({}, (world) => {
    for (const count of [-1, 0, 2.5, Number.NaN]) {
      expect(() => world.choose(count)).toThrow(`Cannot choose from "${count}"`);
    }
    for (const probability of [7, -0.1, Number.NaN]) {
      expect(() => world.chance(probability)).toThrow(`a chance of "${probability}"`);
    }
    return world.choose(1);
  });
});
