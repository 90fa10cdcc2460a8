import { join } from "node:path";

/** How a child process ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** What a child is started with beyond this process's own environment. */
export interface ProgramOptions {
  readonly args?: readonly string[];
  /** An undefined value takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A command that the child is started by, in circumstances of its making. */
  readonly under?: readonly string[];
  /** The child is killed after this; 20,000. */
  readonly limitMs?: number;
  /** Told of what it prints as it comes. */
  readonly onOutput?: (text: string, child: Bun.Subprocess) => Promise<void>;
}

const LIMIT_MS = 20_000;

/** Runs one of the programs next door, with a time limit. */
export function runProgram(name: string, options: ProgramOptions = {}): Promise<Ended> {
  const path = join(import.meta.dir, "../programs", `${name}.ts`);
  return runBun([path, ...(options.args ?? [])], options);
}

/** Runs Bun with arguments, with a time limit. */
export async function runBun(args: readonly string[], options: ProgramOptions): Promise<Ended> {
  const startMs = performance.now();
  const child = Bun.spawn([...(options.under ?? []), process.execPath, ...args], {
    cwd: join(import.meta.dir, "../.."),
    env: { ...Bun.env, ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: options.limitMs ?? LIMIT_MS,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr] = await Promise.all([
    textOf(child.stdout, async (text) => options.onOutput?.(text, child)),
    new Response(child.stderr).text(),
  ]);
  await child.exited;
  const { exitCode, signalCode } = child;
  const signal = signalCode === null ? null : String(signalCode);
  return { exitCode, signal, stdout, stderr, durationMs: performance.now() - startMs };
}

async function textOf(
  stream: ReadableStream<Uint8Array>,
  onText: (text: string) => Promise<void>,
): Promise<string> {
  const decoder = new TextDecoder();
  let whole = "";
  for await (const chunk of stream) {
    const text = decoder.decode(chunk, { stream: true });
    whole += text;
    await onText(text);
  }
  return whole;
}

/** What a program printed as JSON. @throws with its standard error when it did not succeed */
export async function reportOf<T>(name: string, options: ProgramOptions = {}): Promise<T> {
  const ended = await runProgram(name, options);
  if (ended.exitCode !== 0) {
    const how = ended.signal ?? `exit code ${ended.exitCode}`;
    throw new Error(`Program "${name}" ended with ${how}: ${ended.stderr}`);
  }
  return JSON.parse(ended.stdout) as T;
}
