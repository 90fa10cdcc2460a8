import { currentContext } from "./context.ts";

/**
 * A signal that is aborted together with what the running code belongs to: its task, or inside that
 * the innermost `timeout`, scope body or `select` branch. For what is not Bascule's; Bascule's own
 * waits are aborted anyway and need no signal. Inside a `shield` it is not aborted by what is
 * around. It costs nothing until it is asked for.
 * @example
 * ```ts
 * import { AbortError, currentSignal, sleep, spawn } from "@bascule/core";
 * const silent = () => new Promise<Response>(() => undefined);
 * using server = Bun.serve({ port: 0, fetch: silent });
 * const task = spawn(() => fetch(server.url, { signal: currentSignal() }));
 * await sleep(5);
 * task.abort();
 * const error = await task.catch((reason: unknown) => reason);
 * if (!(error instanceof AbortError)) throw new Error("the request went on");
 * ```
 */
export function currentSignal(): AbortSignal {
  return currentContext().abortSignal;
}
