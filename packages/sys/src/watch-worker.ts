import { parentPort, workerData } from "node:worker_threads";
import { libc, orErrno } from "./libc.ts";
import { mapMemory } from "./memory.ts";
import { POLLIN } from "./operations/poll.ts";
import { systemError } from "./system-error.ts";
import { OWNER_TURN, STOPPED, WORKER_TURN, type WatchSetup } from "./watch-protocol.ts";

// The body of the thread that `watchWithThread` starts: it owns no descriptor, so that nothing
// leaks when the process ends it.
const INTERRUPTED = -4;
const { watchedFd, stopFd, turns } = workerData as WatchSetup;
const memory = mapMemory(16);
const entries = new Int32Array(memory.buffer);

while (pollOnce()) {
  // Until it is stopped.
}
memory.unmap();

/** Waits for the descriptor, tells the owner, waits until he has drained it; false when stopped. */
function pollOnce(): boolean {
  entries.set([watchedFd, POLLIN, stopFd, POLLIN]);
  const ready = orErrno(libc().poll(memory.address, 2, -1));
  if (ready < 0 && ready !== INTERRUPTED) throw systemError("poll", ready);
  if (ready < 0) return true;
  // The owner has the turn until it has drained the descriptor; otherwise this loop would spin.
  if (Atomics.compareExchange(turns, 0, WORKER_TURN, OWNER_TURN) === STOPPED) return false;
  parentPort?.postMessage(null);
  // A notification may be the one of the turn before, which this thread did not have to wait for.
  while (Atomics.load(turns, 0) === OWNER_TURN) Atomics.wait(turns, 0, OWNER_TURN);
  return Atomics.load(turns, 0) !== STOPPED;
}
