#!/usr/bin/env bun
import { describeRuntime } from "@bascule/core";
import { parseArgs } from "node:util";
import { choosePath } from "./choose-path.ts";
import { listeningSockets } from "./socket-place.ts";
import { printOnce, Top, type TopSettings } from "./top.ts";
import { UsageError } from "./usage-error.ts";
import { Viewer } from "./viewer.ts";

const USAGE = `Usage: bascule <command> [PID | PATH] [options]

Looks into a program that was started with BASCULE_TOP=1, or BASCULE_TOP=PATH of a socket.

  top    tasks, operations and rates, refreshed every second
  dump   the tree of scopes and tasks, once
  list   the programs of this user that can be looked into

  --every S   seconds between two looks (default 1)
  --once      top: one frame as text; also where standard output is no terminal
  --json      dump: as data

Without PID or PATH it is the one program there is.
`;

interface Options {
  readonly command: string;
  readonly target: string | undefined;
  readonly everyMs: number;
  readonly isOnce: boolean;
  readonly isJson: boolean;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(USAGE);
    return;
  }
  switch (options.command) {
    case "top":
      await top(options);
      return;
    case "dump":
      await dump(options);
      return;
    case "list":
      for (const path of await listeningSockets()) process.stdout.write(`${path}\n`);
      return;
    default:
      throw new UsageError(`There is no command "${options.command}": bascule --help lists them`);
  }
}

async function top({ everyMs, isOnce, target }: Options): Promise<void> {
  const settings = { path: await choosePath(target), everyMs };
  if (isOnce || !process.stdout.isTTY || !process.stdin.isTTY) {
    process.stdout.write(await printOnce(settings));
    return;
  }
  const ended = await onTerminal(settings);
  if (ended !== null) tell(ended);
  // The terminal's input may still be open, and would keep the process.
  process.exit(ended === null ? 0 : 1);
}

/** @returns why it ended; null when a key ended it */
async function onTerminal(settings: TopSettings): Promise<unknown> {
  try {
    using view = new Top(settings);
    await view.run();
    return null;
  } catch (error) {
    return error;
  }
}

async function dump({ isJson, target }: Options): Promise<void> {
  using viewer = new Viewer(await choosePath(target));
  const report = await viewer.next();
  const text = isJson
    ? `${JSON.stringify(report, null, 2)}\n`
    : report.runtimes.map(describeRuntime).join("\n");
  process.stdout.write(text);
}

/** @returns null when help was asked for */
function readOptions(args: string[]): Options | null {
  const { positionals, values } = parse(args);
  const [command, target, ...rest] = positionals;
  if (values.help === true || command === undefined) return null;
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one argument too many`);
  const seconds = values.every === undefined ? 1 : Number(values.every);
  if (!(seconds >= 0.05 && seconds <= 3600)) {
    throw new UsageError(`Cannot look every "${values.every}" seconds: pass 0.05 to 3600`);
  }
  const isOnce = values.once === true;
  return { command, target, everyMs: seconds * 1000, isOnce, isJson: values.json === true };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        every: { type: "string" },
        once: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
  } catch (error) {
    const what = error instanceof Error ? inShort(error.message) : String(error);
    throw new UsageError(`${what}: --help lists the options`);
  }
}

/** `parseArgs` explains at length how to pass what looks like an option: not needed here. */
function inShort(message: string): string {
  const option = /^Option '(--\w+)( <value>)?' argument (is ambiguous|missing)/.exec(message);
  if (option !== null) return `${option[1]} has no value`;
  return message.split(/\.(\s|$)/, 1)[0] ?? message;
}

function tell(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}

process.stdout.on("error", (error) => {
  // Who reads has seen enough, as head has: no fault.
  const isOver = (error as { code?: string }).code === "EPIPE";
  if (!isOver) tell(error);
  process.exit(isOver ? 0 : 1);
});
try {
  await main();
} catch (error) {
  tell(error);
  process.exitCode = 1;
}
