import { type Runtime, sleep } from "../src/index.ts";

const TRIES_MAX = 200;
const EXPONENT_MAX = 6;

/**
 * Until the runtime has left the thread to Bun's loop and has it back. A short sleep alone does not
 * see to that: on a busy machine its time is over before the runtime could.
 */
export async function untilParked(runtime: Runtime): Promise<void> {
  const { parks } = runtime.metrics();
  for (let tries = 0; runtime.metrics().parks === parks; tries++) {
    if (tries === TRIES_MAX) throw new Error("The runtime has never left the thread to Bun's loop");
    await sleep(2 ** Math.min(tries, EXPONENT_MAX));
  }
}
