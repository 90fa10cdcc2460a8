// The body of a thread that serves `bascule top` at a path, and says where.
import { parentPort, workerData } from "node:worker_threads";
import { serveTop } from "../src/top-server.ts";

try {
  const top = await serveTop({ path: workerData as string });
  parentPort?.once("message", () => void top[Symbol.asyncDispose]());
  parentPort?.postMessage(top.path);
} catch (error) {
  parentPort?.postMessage(String(error));
}
