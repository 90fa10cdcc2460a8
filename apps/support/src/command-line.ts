import { writeSync } from "node:fs";
import { parseArgs, type ParseArgsConfig } from "node:util";

const STDOUT = 1;

/** The options of a program, as `parseArgs` of `node:util` takes them. */
export type OptionTable = NonNullable<ParseArgsConfig["options"]>;

/** What the options were on the command line; one that is left out is `undefined`. */
export type OptionValues<Options extends OptionTable> = ReturnType<
  typeof parseArgs<{ options: Options; strict: true; allowPositionals: false }>
>["values"];

/** A mistake on the command line. Its message is all that the person gets to see. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** What a program says about itself, and the options it knows besides `--help`. */
export interface CommandLine<Options extends OptionTable> {
  /** `chat`: what follows `./dev`. */
  readonly program: string;
  /** Printed by `--help`. */
  readonly usage: string;
  readonly options: Options;
}

/**
 * Reads the program's arguments; `--help` prints the usage and ends the process.
 * @throws UsageError for anything that is not in the table, and for a help that cannot be printed
 */
export function readCommandLine<const Options extends OptionTable>(
  commandLine: CommandLine<Options>,
  args: readonly string[] = process.argv.slice(2),
): OptionValues<Options> {
  const { program, usage, options } = commandLine;
  if (args.includes("--help") || args.includes("-h")) {
    printHelp(usage);
    process.exit(0);
  }
  try {
    const joined = joinValues(args, options);
    return parseArgs({ args: joined, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const what = error instanceof Error ? inShort(error.message) : String(error);
    throw new UsageError(`${what}: ./dev ${program} --help lists the options`);
  }
}

/**
 * The port in an option, or `fallback` where the option was left out.
 * @throws UsageError unless it is a whole number from `least` to 65535
 */
export function portFrom(text: string | undefined, fallback: number, least: 0 | 1 = 0): number {
  if (text === undefined) return fallback;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < least || port > 65535) {
    throw new UsageError(`"${text}" is not a port: pass --port a number from ${least} to 65535`);
  }
  return port;
}

/** A name or path in an option. @throws UsageError when it is empty */
export function textFrom(option: string, text: string | undefined, fallback: string): string {
  if (text === undefined) return fallback;
  if (text.trim() === "") throw new UsageError(`--${option} is empty: pass a value`);
  return text;
}

/**
 * `--port -1` as `--port=-1`: `parseArgs` would take the value for an option, and what is wrong
 * with it is for whoever reads the value to say.
 */
export function joinValues(args: readonly string[], options: OptionTable): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const option = joined.at(-1) ?? "";
    const takesValue = option.startsWith("--") && options[option.slice(2)]?.type === "string";
    if (takesValue && /^-[^-]/.test(arg)) joined[joined.length - 1] = `${option}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function printHelp(usage: string): void {
  try {
    // Not through the stream: the process is gone before that has failed.
    writeSync(STDOUT, usage);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot print the help: ${why}`);
  }
}

/** `parseArgs` explains at length how to pass what looks like an option: not needed here. */
function inShort(message: string): string {
  const option = /^Option '(--[\w-]+)( <value>)?' argument (is ambiguous|missing)/.exec(message);
  if (option !== null) return `${option[1]} has no value`;
  return message.split(/\.(\s|$)/, 1)[0] ?? message;
}
