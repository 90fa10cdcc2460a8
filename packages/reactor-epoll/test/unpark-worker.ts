import { parentPort, workerData } from "node:worker_threads";
import { signalEventfd } from "@bascule/sys";

// Signals the driver's eventfd once for every request, until a negative one.
const { wakeFd, request } = workerData as { wakeFd: number; request: Int32Array };
let seen = 0;
parentPort?.postMessage("ready");
for (;;) {
  Atomics.wait(request, 0, seen);
  seen = Atomics.load(request, 0);
  if (seen < 0) break;
  signalEventfd(wakeFd);
}
