import type { Runtime } from "../runtime.ts";
import { publishDiagnostics, stopDiagnostics } from "./diagnostics.ts";
import { dumpOnSignal } from "./dump-on-signal.ts";
import { serveConsole } from "./serve-console.ts";
import { traceByEnvironment } from "./trace/trace.ts";

/** The runtimes of this thread that have not been shut down, in the order of their making. */
const live: Set<Runtime> = new Set();

/**
 * A runtime was made: whoever observes every runtime of the thread gets to know of it.
 * @throws Error in Node's shape when `BASCULE_TRACE` names a file that cannot be written; with code
 *   `ERR_BASCULE_CONSOLE_NOT_INSTALLED` when `BASCULE_TOP` is set in vain
 */
export function attachObservers(runtime: Runtime): void {
  serveConsole();
  traceByEnvironment(runtime);
  live.add(runtime);
  publishDiagnostics(runtime);
  dumpOnSignal(live);
}

/** The runtimes of this thread that have not been shut down, the oldest first. */
export function liveRuntimes(): Runtime[] {
  return [...live];
}

/** A runtime was shut down. */
export function forgetRuntime(runtime: Runtime): void {
  live.delete(runtime);
  stopDiagnostics(runtime);
}
