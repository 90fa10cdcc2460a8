import type { BenchContext } from "../context.ts";
import type { Contender } from "../contender.ts";
import { runProgram } from "./run-program.ts";
import { ServerProcess } from "./server-process.ts";
import type { ServerUsage } from "./server-usage.ts";

/** A load to run against a server. */
export interface LoadRun {
  readonly contender: Contender;
  /** The load's program. */
  readonly program: string;
  /** What it wants to know beside the server's port and process. */
  readonly settings: object;
  /** How often the load signals the server to report. */
  readonly reports: number;
}

/** One run: what the load found, and what the server reported meanwhile. */
export interface ServerRun<Result> {
  readonly result: Result;
  /** One for each time that the load signalled the server. */
  readonly usages: readonly ServerUsage[];
}

/** A run whose load signalled at the beginning and the end of its window: the usage in between. */
export interface LoadedRun<Result> {
  readonly result: Result;
  readonly usage: ServerUsage;
}

/** Starts a contender's server, runs a load program against it, and stops it. */
export async function runServer<Result>(
  context: BenchContext,
  run: LoadRun,
): Promise<ServerRun<Result>> {
  await using server = await ServerProcess.start(run.contender, context.cores.server);
  return await loadServer<Result>(context, server, run);
}

/** Runs a load program against a server that is there. */
export async function loadServer<Result>(
  { cores, options }: BenchContext,
  server: ServerProcess,
  { contender, program, settings, reports }: LoadRun,
): Promise<ServerRun<Result>> {
  const result = await runProgram<object, Result>({
    program,
    settings: { ...settings, port: server.port, serverProcessId: server.processId },
    pin: cores.load,
    driver: null,
    timeoutMs: (options.seconds + options.warmUpSeconds + 90) * 1000,
    subject: contender.label,
  });
  const usages: ServerUsage[] = [];
  while (usages.length < reports) usages.push(await server.nextUsage());
  return { result, usages };
}
