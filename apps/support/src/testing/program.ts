import { TextLog } from "./text-log.ts";

/** Options of {@link Program.start}. */
export interface ProgramOptions {
  /** Beside the test's own environment, which says which driver is used. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a program ended. */
export interface ProgramEnd {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

/** A program of ours in a process of its own. Disposing it kills it. */
export class Program implements AsyncDisposable {
  readonly output: TextLog = new TextLog();
  readonly errors: TextLog = new TextLog();
  readonly #process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #drained: Promise<unknown>;

  private constructor(argv: readonly string[], options: ProgramOptions) {
    this.#process = Bun.spawn([process.execPath, ...argv], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      env: { ...process.env, ...options.env },
    });
    const { stdout, stderr } = this.#process;
    this.#drained = Promise.all([drain(stdout, this.output), drain(stderr, this.errors)]);
  }

  /** @param argv the file of the program and its arguments */
  static start(argv: readonly string[], options: ProgramOptions = {}): Program {
    return new Program(argv, options);
  }

  /** Starts a server, and waits until it listens. */
  static async serve(
    argv: readonly string[],
    options: ProgramOptions = {},
  ): Promise<{ program: Program; port: number }> {
    const program = new Program(argv, options);
    const match = await program.output.waitFor(/^listening on \S+:(\d+) \(\w+: .+\)\n/);
    return { program, port: Number(match[1]) };
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** To its standard input. */
  async type(text: string | Uint8Array): Promise<void> {
    await this.#process.stdin.write(text);
    await this.#process.stdin.flush();
  }

  async endInput(): Promise<void> {
    await this.#process.stdin.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Waits for its end, and for all of its output. */
  async ended(): Promise<ProgramEnd> {
    const exitCode = await this.#process.exited;
    await this.#drained;
    return { exitCode, output: this.output.text, errors: this.errors.text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended();
  }
}

async function drain(stream: ReadableStream<Uint8Array>, log: TextLog): Promise<void> {
  for await (const chunk of stream) log.append(chunk);
  log.end();
}
