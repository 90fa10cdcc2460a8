import type { BenchContext } from "../context.ts";
import type { Contender } from "../contender.ts";
import { runLoad } from "./load-process.ts";
import { ServerProcess } from "./server-process.ts";
import { type ServerUsage, usageBetween } from "./server-usage.ts";

/** What every load program wants to know of its server. */
export interface ServerSettings {
  readonly port: number;
  readonly serverProcessId: number;
}

/** One run of a load against a fresh server: what the load found, and what the server used meanwhile. */
export interface LoadedRun<Result> {
  readonly result: Result;
  readonly usage: ServerUsage;
}

/**
 * Starts a contender's server, runs a load program against it, and stops it. The load signals the
 * server at both ends of its window, so the usage is that of the window.
 */
export async function runLoadedServer<Settings, Result>(
  context: BenchContext,
  contender: Contender,
  program: string,
  settings: Settings,
): Promise<LoadedRun<Result>> {
  const { cores, options } = context;
  await using server = await ServerProcess.start(contender, cores.server);
  const timeoutMs = (options.seconds + options.warmUpSeconds + 90) * 1000;
  const result = await runLoad<Settings & ServerSettings, Result>(
    program,
    { ...settings, port: server.port, serverProcessId: server.processId },
    cores.load,
    timeoutMs,
  );
  const before = await server.nextUsage();
  const after = await server.nextUsage();
  return { result, usage: usageBetween(before, after) };
}
