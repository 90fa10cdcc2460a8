/** How often the condition is looked at: each time Bun's loop has turned. */
function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits, turn by turn of Bun's loop, until something is so. @returns whether it was so in time */
export async function eventually(condition: () => boolean, limitMs: number): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > endMs) return false;
    await turnOfTheLoop();
  }
  return true;
}
