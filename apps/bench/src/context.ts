import { cpus } from "node:os";
import type { BenchOptions } from "./arguments.ts";
import { missingDrivers } from "./contender.ts";
import { chooseCores, type Cores } from "./process/cores.ts";

/** What every measurement gets. */
export interface BenchContext {
  readonly options: BenchOptions;
  readonly cores: Cores;
  /** Tells whoever waits how far it is; never on standard output. */
  progress(text: string): void;
}

/** What is printed: text for people, or data for programs. */
export interface Measured {
  readonly text: string;
  readonly data: unknown;
  /** Rounds that failed, one line each; the rest is told all the same. */
  readonly failures: readonly string[];
}

/** Where the figures come from: they mean nothing without it. */
export interface Machine {
  readonly bun: string;
  readonly kernel: string;
  readonly processor: string;
  readonly cores: number;
  readonly pinning: string;
  readonly missingDrivers: readonly { name: string; cause: string }[];
}

export function makeContext(options: BenchOptions): BenchContext {
  return { options, cores: chooseCores(), progress: printProgress };
}

export async function describeMachine({ cores }: BenchContext): Promise<Machine> {
  const processors = cpus();
  return {
    bun: Bun.version,
    kernel: (await Bun.file("/proc/sys/kernel/osrelease").text()).trim(),
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    pinning: cores.note,
    missingDrivers: missingDrivers(),
  };
}

function printProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
