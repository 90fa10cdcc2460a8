import { join } from "node:path";

/** How a program ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The most memory it had, in bytes. */
  readonly peakBytes: number;
}

/** Options of {@link run}. */
export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly folder?: string;
}

/** A program that is running; its output is gathered. */
class Running {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #stdout: Promise<void>;
  #text: string = "";
  readonly #stderr: Promise<string>;

  constructor(name: string, args: readonly string[], folder: string | undefined) {
    const program = join(import.meta.dir, "../src", `${name}.ts`);
    this.#child = Bun.spawn([process.execPath, program, ...args], {
      cwd: folder ?? import.meta.dir,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      timeout: 25_000,
      killSignal: "SIGKILL",
    });
    this.#stdout = this.#gather();
    this.#stderr = new Response(this.#child.stderr).text();
  }

  get pid(): number {
    return this.#child.pid;
  }

  send(signal: "SIGINT" | "SIGTERM"): void {
    this.#child.kill(signal);
  }

  async write(data: string | Uint8Array): Promise<void> {
    await this.#child.stdin.write(data);
    await this.#child.stdin.flush();
  }

  endInput(): void {
    void this.#child.stdin.end();
  }

  /** Waits until it has written so. */
  async output(text: string): Promise<void> {
    await until(() => this.#text.includes(text));
  }

  async end(): Promise<Ended> {
    const [exitCode, stderr] = await Promise.all([this.#child.exited, this.#stderr]);
    await this.#stdout;
    return {
      exitCode,
      stdout: this.#text,
      stderr,
      peakBytes: this.#child.resourceUsage()?.maxRSS ?? 0,
    };
  }

  async #gather(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stdout) {
      this.#text += decoder.decode(chunk, { stream: true });
    }
  }
}

/** Starts an example, with the driver of this test run. */
export function start(name: string, args: readonly string[], folder?: string): Running {
  return new Running(name, args, folder);
}

/** Runs an example to its end. */
export async function run(
  name: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const running = start(name, args, options.folder);
  if (options.stdin !== undefined) await running.write(options.stdin);
  running.endInput();
  return await running.end();
}

/** Runs a command line of the shell, in which `$cat` and so on are the examples. */
export async function shell(line: string, folder: string): Promise<string> {
  const programs = ["cat", "cp", "grep"].map((name) => [name, `example ${name}`]);
  programs.push(["hashTree", "example hash-tree"]);
  // The path of the checkout may have blanks in it.
  const example = 'example() { "$BUN" "$EXAMPLES/$1.ts" "${@:2}"; }';
  const places = { BUN: process.execPath, EXAMPLES: join(import.meta.dir, "../src") };
  const child = Bun.spawn(["bash", "-c", `${example}; ${line}`], {
    cwd: folder,
    env: { ...Bun.env, ...places, ...Object.fromEntries(programs) },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
    timeout: 25_000,
    killSignal: "SIGKILL",
  });
  return await new Response(child.stdout).text();
}

/** Waits, turn by turn of Bun's loop, until something is so. @throws when it is not so in time */
export async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error("It did not come to pass in time");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
