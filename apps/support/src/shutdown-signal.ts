import { AbortError } from "@bascule/core";

/**
 * Aborted by the first `SIGINT` or `SIGTERM`. Later ones change nothing: a server that was asked to
 * stop stops in bounded time, and `timeout(1)` sends its signal twice.
 */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => controller.abort(new AbortError(`${signal} was received`)));
  }
  return controller.signal;
}
