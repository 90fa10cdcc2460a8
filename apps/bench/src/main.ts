import { runMain } from "@bascule/support";
import { type Measurement, parseArguments, USAGE } from "./arguments.ts";
import {
  type BenchContext,
  describeMachine,
  type Machine,
  makeContext,
  type Measured,
} from "./context.ts";
import { measureChat } from "./chat/measure-chat.ts";
import { measureCore } from "./core/measure-core.ts";
import { measureEcho } from "./echo/measure-echo.ts";
import { measureFs } from "./fs/measure-fs.ts";
import { measureIdle } from "./idle/measure-idle.ts";
import { measureSync } from "./sync/measure-sync.ts";
import { cleanUpOnSignals } from "./process/clean-up.ts";
import { measureTrace } from "./trace/measure-trace.ts";

type Measure = (context: BenchContext) => Promise<Measured>;

const MEASURES: Readonly<Record<Measurement, Measure>> = {
  echo: measureEcho,
  chat: measureChat,
  core: measureCore,
  sync: measureSync,
  idle: measureIdle,
  fs: measureFs,
  trace: measureTrace,
};

async function main(): Promise<void> {
  const options = parseArguments(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  cleanUpOnSignals();
  const context = makeContext(options);
  const machine = await describeMachine(context);
  if (!options.json) process.stdout.write(`${machineText(machine, context)}\n`);
  const data: Record<string, unknown> = {
    machine,
    rounds: options.rounds,
    seconds: options.seconds,
    warmUpSeconds: options.warmUpSeconds,
  };
  const failures: string[] = [];
  for (const name of options.measurements) {
    const measured = await MEASURES[name](context);
    context.progress("");
    if (!options.json) process.stdout.write(`\n${measured.text}\n`);
    data[name] = measured.data;
    failures.push(...measured.failures);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
  if (failures.length === 0) return;
  process.stderr.write(`${failures.join("\n")}\n`);
  process.exitCode = 1;
}

function machineText(machine: Machine, { options }: BenchContext): string {
  const { bun, kernel, processor, cores, pinning } = machine;
  const lines = [
    `Bun ${bun}, Linux ${kernel}, ${processor}, ${cores} cores; ${pinning}`,
    `Medians of ${options.rounds} interleaved rounds of ${options.seconds} s; ` +
      "ratios are medians of the ratios round by round",
  ];
  for (const { name, cause } of machine.missingDrivers) lines.push(`Without ${name}: ${cause}`);
  return lines.join("\n");
}

await runMain(main);
