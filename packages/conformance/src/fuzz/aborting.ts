import { yieldNow } from "@bascule/core";
import { must, outcomeOf } from "./outcome.ts";

/** Lets others have so many turns. */
export async function yieldTimes(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await yieldNow();
}

/** A signal that is aborted with "fuzz" after so many turns. */
export function abortedAfter(turns: number): { signal: AbortSignal; aborted: Promise<void> } {
  const controller = new AbortController();
  const aborted = yieldTimes(turns).then(() => controller.abort("fuzz"));
  return { signal: controller.signal, aborted };
}

/** What comes of work that is aborted with "fuzz" after so many turns. */
export async function outcomeOfAborted(
  turns: number,
  work: (signal: AbortSignal) => unknown,
): Promise<string> {
  const { signal, aborted } = abortedAfter(turns);
  const outcome = await outcomeOf(() => work(signal));
  await aborted;
  return outcome;
}

/** What a race with the abort gives; null when it is lost. */
export function unlessAborted<T>(racing: Promise<T>): Promise<T | null> {
  return racing.catch((error: unknown) => {
    must(error === "fuzz", `what is aborted rejects with ${String(error)}`);
    return null;
  });
}
