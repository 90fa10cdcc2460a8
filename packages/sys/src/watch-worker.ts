import { parentPort, workerData } from "node:worker_threads";
import { libc, orErrno } from "./libc.ts";
import { mapMemory } from "./memory.ts";
import { POLLIN } from "./operations/poll.ts";
import { OWNER_TURN, STOPPED, WORKER_TURN, type WatchSetup } from "./watch-protocol.ts";

// The body of the thread that `watchWithThread` starts: it owns no descriptor, so that nothing
// leaks when the process ends it.
const INTERRUPTED = -4;
const { watchedFd, stopFd, turns } = workerData as WatchSetup;
const memory = mapMemory(16);
const entries = new Int32Array(memory.buffer);

while (Atomics.load(turns, 0) !== STOPPED) {
  entries.set([watchedFd, POLLIN, stopFd, POLLIN]);
  const ready = orErrno(libc().poll(memory.address, 2, -1));
  if (ready === INTERRUPTED) continue;
  if (ready < 0 || Atomics.load(turns, 0) === STOPPED) break;
  // The owner has the turn until it has drained the descriptor; otherwise this loop would spin.
  if (Atomics.compareExchange(turns, 0, WORKER_TURN, OWNER_TURN) !== WORKER_TURN) break;
  parentPort?.postMessage(null);
  Atomics.wait(turns, 0, OWNER_TURN);
}
memory.unmap();
