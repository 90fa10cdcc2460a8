import { parseArgs, type ParseArgsConfig } from "node:util";

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
 * @throws UsageError for anything that is not in the table
 */
export function readCommandLine<const Options extends OptionTable>(
  commandLine: CommandLine<Options>,
  args: readonly string[] = process.argv.slice(2),
): OptionValues<Options> {
  const { program, usage, options } = commandLine;
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const what = error instanceof Error ? firstSentence(error.message) : String(error);
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

/** `parseArgs` explains at length how to pass what looks like an option: not needed here. */
function firstSentence(message: string): string {
  return message.split(/\.(\s|$)/, 1)[0] ?? message;
}
