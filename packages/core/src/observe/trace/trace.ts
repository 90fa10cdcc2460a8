import { isMainThread, threadId } from "node:worker_threads";
import type { Runtime } from "../../runtime.ts";
import { TraceFile } from "./trace-file.ts";
import { Tracer } from "./tracer.ts";

const MEBIBYTE = 1024 * 1024;
const BYTES_MAX = 512 * MEBIBYTE;

/** Options of {@link traceRuntime}. */
export interface TraceOptions {
  /** The file to write; an existing one is replaced. */
  path: string;
  /** Where recording stops; 512 MiB. */
  bytesMax?: number;
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
  const file = new TraceFile(options.path, options.bytesMax ?? BYTES_MAX);
  return runtime.observe(new Tracer(file, 0, runtime.driver.name, () => file.close()));
}

/**
 * Records every runtime of the thread, where `BASCULE_TRACE` names a file. `%p` in it becomes the
 * id of the process; a worker's file is named after its thread as well. `BASCULE_TRACE_MB` says
 * where recording stops, in MiB; 512.
 * @throws RangeError when that is not a positive number
 */
export function traceByEnvironment(runtime: Runtime): void {
  const name = Bun.env["BASCULE_TRACE"];
  if (name === undefined || name === "") return;
  ofThread ??= { file: new TraceFile(pathOf(name), bytesMaxOf()), runtimes: 0 };
  const { file, runtimes } = ofThread;
  ofThread.runtimes++;
  runtime.observe(new Tracer(file, runtimes, runtime.driver.name, () => undefined));
}

function bytesMaxOf(): number {
  const text = Bun.env["BASCULE_TRACE_MB"];
  if (text === undefined || text === "") return BYTES_MAX;
  const mebibytes = Number(text);
  if (mebibytes > 0) return mebibytes * MEBIBYTE;
  throw new RangeError(`Cannot use BASCULE_TRACE_MB "${text}": pass a number above 0`);
}

function pathOf(name: string): string {
  const path = name.replaceAll("%p", String(process.pid));
  return isMainThread ? path : `${path.replace(/\.json$/, "")}.worker-${threadId}.json`;
}
