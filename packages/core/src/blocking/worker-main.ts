import { type MessagePort, workerData } from "node:worker_threads";
import { thread } from "../context.ts";
import { packError } from "./carried-error.ts";
import {
  ENDED,
  EXIT,
  type FunctionAddress,
  IDLE,
  type JobReply,
  type JobRequest,
  POSTED,
  STATE,
  type WorkerSetup,
} from "./job-protocol.ts";
import { buffersToMove } from "./moved-result.ts";

// The body of a thread that runs blocking jobs, one at a time. It answers through a port that its
// owner reads synchronously, and unparks the owner's driver: Bun's loop need not turn over there.
const { port, words, unpark: remote, idleMs } = workerData as WorkerSetup;

type Work = (...args: readonly unknown[]) => unknown;

const unpark: () => void = (await import(remote.module)).default(remote.data);
const functions: Map<string, Work> = new Map();
let idleTimer: ReturnType<typeof setTimeout> | null = null;

process.on("exit", (code) => {
  Atomics.store(words, EXIT, code + 1);
  Atomics.notify(words, EXIT);
  unpark();
});
// A job's stray rejection or timer must be told as what it is, not as a thread that vanished.
process.on("uncaughtException", (error) => fail(error, "uncaughtException"));
process.on("unhandledRejection", (error) => fail(error, "unhandledRejection"));
port.on("message", (request: JobRequest) => {
  if (idleTimer !== null) clearTimeout(idleTimer);
  void (request === null ? end() : run(port, request));
});

async function run(target: MessagePort, request: Exclude<JobRequest, null>): Promise<void> {
  const { args, transfer } = request;
  try {
    const value = await (await find(request))(...args);
    const buffers = [...attached(transfer), ...buffersToMove(value)];
    replyWithResult(target, request, value, buffers);
  } catch (error) {
    const buffers = attached(transfer);
    reply(target, { kind: "failure", error: packError(error), buffers }, buffers);
  }
  idleTimer = setTimeout(endWhenIdle, idleMs);
}

function replyWithResult(
  target: MessagePort,
  { exportName }: FunctionAddress,
  value: unknown,
  buffers: ArrayBuffer[],
): void {
  try {
    reply(target, { kind: "result", value }, buffers);
  } catch (error) {
    const { message, name } = error as Error;
    throw new DOMException(`Cannot send the result of "${exportName}" back: ${message}`, name);
  }
}

/** Buffers that the function has not moved on itself. */
function attached(buffers: readonly ArrayBuffer[]): ArrayBuffer[] {
  return buffers.filter((buffer) => !buffer.detached);
}

function reply(target: MessagePort, message: JobReply, transfer: ArrayBuffer[]): void {
  target.postMessage(message, [...new Set(transfer)]);
  Atomics.add(words, POSTED, 1);
  unpark();
}

async function find({ module, exportName }: FunctionAddress): Promise<Work> {
  const key = `${module}#${exportName}`;
  const known = functions.get(key);
  if (known !== undefined) return known;
  const exports: Record<string, unknown> = await import(module);
  const work = exports[exportName];
  if (typeof work !== "function") {
    throw new TypeError(
      `Cannot run export "${exportName}" of "${module}": it is ` +
        (exportName in exports ? "not a function" : "not there"),
    );
  }
  functions.set(key, work as Work);
  return work as Work;
}

function fail(thrown: unknown, event: "uncaughtException" | "unhandledRejection"): void {
  // A module that listens itself decides what becomes of it.
  if (process.listenerCount(event) > 1) return;
  // First of all, so that the owner gives this worker no other job.
  Atomics.store(words, STATE, ENDED);
  reply(port, { kind: "death", error: packError(thrown) }, []);
  process.exit(1);
}

/** The owner may have taken this worker for a job at this very moment: then it goes on. */
function endWhenIdle(): void {
  if (Atomics.compareExchange(words, STATE, IDLE, ENDED) === IDLE) void end();
  else idleTimer = setTimeout(endWhenIdle, idleMs);
}

async function end(): Promise<void> {
  // A job may have used a runtime of this thread, whose descriptors do not close by themselves.
  await thread.shutdown?.();
  process.exit(0);
}
