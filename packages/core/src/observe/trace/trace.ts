import { isMainThread, threadId } from "node:worker_threads";
import type { Runtime } from "../../runtime.ts";
import { TraceFile } from "./trace-file.ts";
import { Tracer } from "./tracer.ts";

const MEBIBYTE = 1024 * 1024;
const EVENTS_PER_SECOND = 50_000;
const BYTES_MAX = 512 * MEBIBYTE;

/** Options of {@link traceRuntime}. */
export interface TraceOptions {
  /** The file to write; an existing one is replaced. */
  path: string;
  /** Where recording stops; 512 MiB. */
  bytesMax?: number;
  /** What is more than that is left out, in gaps that the trace shows; 50,000. */
  eventsPerSecond?: number;
}

/** The file that `BASCULE_TRACE` names, and how many runtimes have been recorded in it. */
let ofThread: { file: TraceFile; runtimes: number } | null = null;

/**
 * Records what a runtime does, until the result is disposed of, in a file that Perfetto
 * (ui.perfetto.dev) and `chrome://tracing` open: polls, turns, waits in the kernel, operations, the
 * lives of tasks. Memory is bounded; the file is whole JSON at any time.
 *
 * @throws Error in Node's shape (`ENOENT`, `EACCES` …) when the file cannot be written
 * @example
 * ```ts
 * import { Runtime, sleep, spawn, traceRuntime } from "@bascule/core";
 * import { rmSync } from "node:fs";
 * const path = `/tmp/bascule-trace-${process.pid}.json`;
 * const tracing = traceRuntime(Runtime.current(), { path });
 * await spawn(() => sleep(1), { name: "nap" });
 * tracing[Symbol.dispose]();
 * const events: { name?: string }[] = await Bun.file(path).json();
 * rmSync(path);
 * if (!events.some(({ name }) => name === "nap")) throw new Error("not recorded");
 * ```
 */
export function traceRuntime(runtime: Runtime, options: TraceOptions): Disposable {
  const { path, bytesMax = BYTES_MAX, eventsPerSecond = EVENTS_PER_SECOND } = options;
  const file = new TraceFile(path, bytesMax, eventsPerSecond);
  return runtime.observe(new Tracer(file, 0, runtime.driver, () => file.close()));
}

/**
 * Records every runtime of the thread, where `BASCULE_TRACE` names a file. `%p` in it becomes the
 * id of the process; a worker's file is named after its thread as well. `BASCULE_TRACE_MB` says
 * where recording stops, in MiB (512), and `BASCULE_TRACE_RATE` how many events a second are
 * recorded (50000).
 * @throws RangeError when one of these is not a positive number; what opening the file throws
 */
export function traceByEnvironment(runtime: Runtime): void {
  const name = Bun.env["BASCULE_TRACE"];
  if (name === undefined || name === "") return;
  ofThread ??= { file: openByEnvironment(name), runtimes: 0 };
  const { file, runtimes } = ofThread;
  ofThread.runtimes++;
  runtime.observe(new Tracer(file, runtimes, runtime.driver, () => undefined));
}

function openByEnvironment(name: string): TraceFile {
  const bytesMax = numberFrom("BASCULE_TRACE_MB", BYTES_MAX / MEBIBYTE) * MEBIBYTE;
  const rate = numberFrom("BASCULE_TRACE_RATE", EVENTS_PER_SECOND);
  const path = pathOf(name);
  try {
    return new TraceFile(path, bytesMax, rate);
  } catch (error) {
    // Whoever meets this has set a variable, and opened nothing.
    if (error instanceof Error)
      error.message = `Cannot use BASCULE_TRACE "${path}": ${error.message}`;
    throw error;
  }
}

function numberFrom(variable: string, otherwise: number): number {
  const text = Bun.env[variable];
  if (text === undefined || text === "") return otherwise;
  const value = Number(text);
  if (value > 0) return value;
  throw new RangeError(`Cannot use ${variable} "${text}": pass a number above 0`);
}

function pathOf(name: string): string {
  const path = name.replaceAll("%p", String(process.pid));
  return isMainThread ? path : `${path.replace(/\.json$/, "")}.worker-${threadId}.json`;
}
