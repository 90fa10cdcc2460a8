import { parseArgs, type ParseArgsConfig } from "node:util";
import { AbortError, spawn, SystemError } from "@bascule/core";

/** Exit codes: what a shell sees of a failure, a wrong call, and a signal. */
export const FAILED = 1;
export const MISUSED = 2;
const SIGNALS: Readonly<Record<string, number>> = { SIGINT: 2, SIGTERM: 15 };
const BY_SIGNAL = 128;
const SIGPIPE = 13;

/** A mistake on the command line. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Standard output takes nothing more: no fault of what was being read. */
export class OutputError extends Error {
  override readonly name: string = "OutputError";

  constructor(cause: unknown) {
    super(`standard output: ${explain(cause, undefined)}`, { cause });
  }
}

/** What a program says about itself. */
export interface Command<Options extends NonNullable<ParseArgsConfig["options"]>> {
  readonly name: string;
  /** Printed by `--help`. */
  readonly usage: string;
  readonly options: Options;
  /** The exit code of a failure; 1. */
  readonly failed?: number;
}

type Parsed<Options extends NonNullable<ParseArgsConfig["options"]>> = ReturnType<
  typeof parseArgs<{ options: Options; strict: true; allowPositionals: true }>
>;

/**
 * Runs a program, and sets the exit code that `main` resolves with. Failures are told in one line,
 * without a stack trace.
 *
 * `main` is a task of its own, which SIGINT and SIGTERM abort: every wait in it rejects, so that
 * its `finally` blocks and `await using` clean up, and nobody has to pass a signal down.
 */
export async function runCommand<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  command: Command<Options>,
  main: (parsed: Parsed<Options>) => Promise<number>,
): Promise<void> {
  const { name, usage, options, failed = FAILED } = command;
  const controller = new AbortController();
  for (const signal of Object.keys(SIGNALS)) {
    process.once(signal, () => controller.abort(new AbortError(signal)));
  }
  if (process.argv.slice(2).includes("--help")) {
    process.stdout.write(usage);
    return;
  }
  try {
    const parsed = parse(options);
    process.exitCode = await spawn(() => main(parsed), { name, signal: controller.signal });
  } catch (error) {
    const code = error instanceof AbortError ? codeOfSignal(error) : report(name, error);
    const exitCode = code === FAILED ? failed : code;
    // At once, whatever threads are still busy with: nobody waits for it any more.
    if (isTheEnd(error)) process.exit(exitCode);
    process.exitCode = exitCode;
  }
}

/**
 * Tells what went wrong on standard error: `cat: notes: no such file or directory`.
 * @param path what it was about, where the error need not know: a read knows no path
 * @returns the exit code
 */
export function report(name: string, error: unknown, path?: string): number {
  // Whoever reads the output has seen enough, as in `cat large | head`: no reason to complain.
  if (isBrokenPipe(error)) return BY_SIGNAL + SIGPIPE;
  process.stderr.write(`${name}: ${explain(error, path)}\n`);
  if (!(error instanceof UsageError)) return FAILED;
  process.stderr.write("Try --help\n");
  return MISUSED;
}

/** Whether the program is to end, and not to go on with the next file: Ctrl-C, or no output. */
export function isTheEnd(error: unknown): boolean {
  return error instanceof AbortError || error instanceof OutputError;
}

function isBrokenPipe(error: unknown): boolean {
  if (!(error instanceof OutputError)) return false;
  return error.cause instanceof SystemError && error.cause.code === "EPIPE";
}

function parse<Options extends NonNullable<ParseArgsConfig["options"]>>(
  options: Options,
): Parsed<Options> {
  try {
    return parseArgs({ options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? firstSentence(error.message) : String(error));
  }
}

function explain(error: unknown, fallback: string | undefined): string {
  if (!(error instanceof Error)) return String(error);
  const { path = fallback, dest } = error as { path?: string; dest?: string };
  // Of "ENOENT: no such file or directory, open 'notes'" what a person wants to know.
  const description = /^E[A-Z0-9]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
  const places = [path, dest].filter((place) => place !== undefined).join(" -> ");
  return places === "" ? description : `${places}: ${description}`;
}

function codeOfSignal(reason: AbortError): number {
  return BY_SIGNAL + (SIGNALS[reason.message] ?? 0);
}

/** `parseArgs` explains at length how to pass what looks like an option. */
function firstSentence(message: string): string {
  return message.split(/\.(\s|$)/, 1)[0] ?? message;
}
