import type { BenchOptions } from "../arguments.ts";
import type { BenchContext } from "../context.ts";
import type { Contender } from "../contender.ts";
import { type LoadedRun, loadServer } from "./loaded-server.ts";
import { ServerProcess } from "./server-process.ts";
import { usageBetween } from "./server-usage.ts";

/** The load is a new process every time, and has to be compiled again before it counts. */
const LATER_WARM_UP_SECONDS_MAX = 2;

function laterWarmUpSeconds({ warmUpSeconds }: BenchOptions): number {
  return Math.min(warmUpSeconds, LATER_WARM_UP_SECONDS_MAX);
}

/** How servers were warmed up, for the caption of a table. */
export function warmUpText(options: BenchOptions): string {
  const first = `one process each, warmed up for ${options.warmUpSeconds} s before its window`;
  if (options.rounds === 1) return first;
  return `${first}, ${laterWarmUpSeconds(options)} s before later ones`;
}

/**
 * The servers of one cell, each kept through all rounds: what is measured is compiled code, as in a
 * server that has run for a while. One in whose round something failed is replaced by a new one.
 */
export class KeptServers implements AsyncDisposable {
  readonly #context: BenchContext;
  readonly #servers: Map<Contender, ServerProcess> = new Map();

  constructor(context: BenchContext) {
    this.#context = context;
  }

  /** Runs a load with one measured window against a contender's server, started when needed. */
  async run<Result>(
    contender: Contender,
    program: string,
    settings: object,
  ): Promise<LoadedRun<Result>> {
    const { options, cores } = this.#context;
    const kept = this.#servers.get(contender);
    const warmUpSeconds = kept ? laterWarmUpSeconds(options) : options.warmUpSeconds;
    const server = kept ?? (await ServerProcess.start(contender, cores.server));
    this.#servers.set(contender, server);
    try {
      const window = { ...settings, seconds: options.seconds, warmUpSeconds };
      const load = { contender, program, settings: window, reports: 2 };
      const { result, usages } = await loadServer<Result>(this.#context, server, load);
      const [before, after] = usages;
      if (before === undefined || after === undefined) throw new Error("A report is missing");
      return { result, usage: usageBetween(before, after) };
    } catch (error) {
      this.#servers.delete(contender);
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) await server[Symbol.asyncDispose]();
  }
}
