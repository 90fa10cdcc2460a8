/** How often the condition is looked at: each time Bun's loop has turned. */
function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A machine that stood still for all of the time has not turned the loop meanwhile. */
const TURNS_MIN = 50;

/** Waits, turn by turn of Bun's loop, until something is so. @returns whether it was so in time */
export async function eventually(condition: () => boolean, limitMs: number): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  for (let turns = 0; !condition(); turns++) {
    if (turns >= TURNS_MIN && performance.now() > endMs) return false;
    await turnOfTheLoop();
  }
  return true;
}
