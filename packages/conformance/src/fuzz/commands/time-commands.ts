import {
  interval,
  Runtime,
  shield,
  sleep,
  spawn,
  TaskScope,
  timeout,
  yieldNow,
} from "@bascule/core";
import fc from "fast-check";
import { outcomeOfAborted, yieldTimes } from "../aborting.ts";
import { type Command, command } from "../command.ts";
import type { Lane } from "../lane.ts";
import { few, yields } from "../numbers.ts";
import { must, outcomeOf } from "../outcome.ts";

/** Timers, and tasks that wait for them in scopes and shields. */
export const timeCommands: readonly Command[] = [
  command("sleeps", 1, [few, fc.nat(5)], sleeps),
  command("abortSleep", 1, [yields], abortSleep),
  command("timeouts", 1, [fc.nat(2)], timeouts),
  command("ticks", 1, [few], ticks),
  command("scope", 1, [few, yields], scope),
  command("shielded", 1, [yields], shielded),
];

/** Long enough that no machine is so slow. */
const NEVER_MS = 60_000;

/** Sleeps that begin together end in the order of their deadlines. */
async function sleeps(_lane: Lane, count: number, rotation: number): Promise<string> {
  const { clock } = Runtime.current().loop;
  const ended: number[] = [];
  const begun = Array.from({ length: count + 1 }, (_, index) => {
    const ms = ((index + rotation) % (count + 1)) * 0.3;
    const earliestMs = clock.now() + ms;
    const ending = sleep(ms).then(() => {
      must(clock.now() >= earliestMs, "a sleep ended early");
      ended.push(index);
    });
    return { ending, earliestMs, latestMs: clock.now() + ms };
  });
  await Promise.all(begun.map(({ ending }) => ending));
  for (const [place, index] of ended.entries()) {
    const next = ended[place + 1];
    if (next === undefined) break;
    // The clock went on between the calls: only what is certain counts.
    const isInOrder = (begun[index]?.earliestMs ?? 0) <= (begun[next]?.latestMs ?? 0);
    must(isInOrder, `sleep ${index} ended before sleep ${next}`);
  }
  return "in order";
}

async function abortSleep(_lane: Lane, yields: number): Promise<string> {
  return await outcomeOfAborted(yields, (signal) => sleep(NEVER_MS, { signal }));
}

async function timeouts(_lane: Lane, which: number): Promise<string> {
  if (which % 3 === 0) return await outcomeOf(() => timeout(0.2, () => sleep(NEVER_MS)));
  if (which % 3 === 1) return await outcomeOf(() => timeout(NEVER_MS, () => sleep(0.1)));
  // The nearest deadline wins.
  return await outcomeOf(() => timeout(NEVER_MS, () => timeout(0.1, () => sleep(NEVER_MS))));
}

async function ticks(_lane: Lane, count: number): Promise<string> {
  const seen: number[] = [];
  for await (const tick of interval(0.2)) if (seen.push(tick) > count) break;
  return seen.join();
}

/** The first failure ends the others, and is what the scope throws. */
async function scope(_lane: Lane, count: number, yields: number): Promise<string> {
  const ended: string[] = [];
  let begun = 0;
  const outcome = await outcomeOf(async () => {
    await using children = new TaskScope();
    for (let index = 0; index < count; index++) {
      children.spawn(async () => {
        begun++;
        const how = await outcomeOf(() => sleep(NEVER_MS));
        ended.push(`${index}: ${how}`);
      });
    }
    children.spawn(async () => {
      while (begun < count) await yieldNow();
      await yieldTimes(yields);
      throw new TypeError("fuzz");
    });
  });
  return `${outcome}; ${ended.join(", ")}`;
}

/** What is shielded ends by itself, whatever happens around it. */
async function shielded(_lane: Lane, yields: number): Promise<string> {
  let isBegun = false;
  let isDone = false;
  const task = spawn(() =>
    shield(async () => {
      isBegun = true;
      await sleep(0.2);
      isDone = true;
    }),
  );
  // Before its first poll a task can be kept from beginning at all.
  while (!isBegun) await yieldNow();
  await yieldTimes(yields);
  task.abort();
  const outcome = await outcomeOf(() => task);
  must(isDone, "a shield was cut short");
  return outcome;
}
