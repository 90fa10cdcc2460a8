import { parentPort, workerData } from "node:worker_threads";
import { signalEventfd } from "@bascule/sys";

// Unparks a driver of another thread each time it is told to, through the descriptor alone.
const { wakeFd } = workerData as { wakeFd: number };
parentPort?.on("message", () => {
  signalEventfd(wakeFd);
});
parentPort?.postMessage("ready");
