import type { BenchContext } from "../context.ts";
import type { Contender } from "../contender.ts";
import { runProgram } from "./run-program.ts";
import { ServerProcess } from "./server-process.ts";
import { type ServerUsage, usageBetween } from "./server-usage.ts";

/** What every load program wants to know of its server. */
export interface ServerSettings {
  readonly port: number;
  readonly serverProcessId: number;
}

/** One run against a fresh server: what the load found, and what the server reported meanwhile. */
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
export async function runServer<Settings, Result>(
  context: BenchContext,
  contender: Contender,
  program: string,
  settings: Settings,
  reports: number,
): Promise<ServerRun<Result>> {
  const { cores, options } = context;
  await using server = await ServerProcess.start(contender, cores.server);
  const timeoutMs = (options.seconds + options.warmUpSeconds + 90) * 1000;
  const result = await runProgram<Settings & ServerSettings, Result>({
    program,
    settings: { ...settings, port: server.port, serverProcessId: server.processId },
    pin: cores.load,
    driver: null,
    timeoutMs,
    subject: contender.label,
  });
  const usages: ServerUsage[] = [];
  while (usages.length < reports) usages.push(await server.nextUsage());
  return { result, usages };
}

/** As {@link runServer}, for a load with one measured window. */
export async function runLoadedServer<Settings, Result>(
  context: BenchContext,
  contender: Contender,
  program: string,
  settings: Settings,
): Promise<LoadedRun<Result>> {
  const run = await runServer<Settings, Result>(context, contender, program, settings, 2);
  const [before, after] = run.usages;
  if (before === undefined || after === undefined) throw new Error("A report is missing");
  return { result: run.result, usage: usageBetween(before, after) };
}
