import { registerBlocking } from "../src/index.ts";

/** Work for other threads. */
export function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

registerBlocking(sum, import.meta.url);
