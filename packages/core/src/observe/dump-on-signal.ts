import { isMainThread } from "node:worker_threads";
import type { Runtime } from "../runtime.ts";
import { describeRuntime } from "./dump.ts";
import { isIgnored } from "./ignored-signals.ts";

/** A second signal within this time ends the process, as the first would without a runtime. */
const AGAIN_MS = 2000;

let isInstalled = false;
let lastDumpMs = Number.NEGATIVE_INFINITY;

/**
 * On SIGQUIT (Ctrl-\ in a terminal) writes what every runtime holds to standard error, and goes on.
 * A second SIGQUIT within two seconds ends the process, as the signal would by itself, unless it
 * was started to ignore that. A program that listens for SIGQUIT itself gets it, and no dump;
 * `BASCULE_DUMP=off` leaves the signal alone. The listener keeps no process alive. Workers get no
 * signals: only the main thread's runtimes.
 */
export function dumpOnSignal(runtimes: Iterable<Runtime>): void {
  if (isInstalled || !isMainThread || Bun.env["BASCULE_DUMP"] === "off") return;
  isInstalled = true;
  const endsProcess = !isIgnored("SIGQUIT");
  const onSignal = (): void => {
    if (process.listenerCount("SIGQUIT") > 1) return;
    const nowMs = performance.now();
    if (endsProcess && nowMs - lastDumpMs < AGAIN_MS) {
      process.off("SIGQUIT", onSignal);
      process.kill(process.pid, "SIGQUIT");
      return;
    }
    lastDumpMs = nowMs;
    const dumps = [...runtimes].map((runtime) => describeRuntime(runtime.snapshot()));
    if (dumps.length === 0) dumps.push(`bascule: process ${process.pid}: no runtime is left\n`);
    process.stderr.write(dumps.join("\n"));
  };
  // Before others, so as to count those that will be removed because they hear only once.
  process.prependListener("SIGQUIT", onSignal);
}
