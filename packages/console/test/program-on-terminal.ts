/** How long a program may take for all that a test wants to see of it. */
const LIMIT_MS = 20_000;
/** The end of the screen that a failure shows. */
const SHOWN_MAX = 1000;

/** A program on a terminal of its own: keys go in, and what it draws is searched. */
export class ProgramOnTerminal implements AsyncDisposable {
  readonly #terminal: Bun.Terminal;
  readonly #process: Bun.Subprocess;
  readonly #decoder: TextDecoder = new TextDecoder();
  #drawn: string = "";
  #look: () => void = () => undefined;
  readonly #endMs: number = performance.now() + LIMIT_MS;

  constructor(
    command: string[],
    env: Record<string, string | undefined>,
    [cols, rows]: readonly [columns: number, rows: number] = [120, 30],
  ) {
    this.#terminal = new Bun.Terminal({
      cols,
      rows,
      data: (_terminal, chunk) => {
        this.#drawn += this.#decoder.decode(chunk, { stream: true });
        this.#look();
      },
    });
    this.#process = Bun.spawn(command, { env, terminal: this.#terminal });
  }

  press(keys: string): void {
    this.#terminal.write(keys);
  }

  /** Waits until something has been drawn. @throws (rejects) with what was, when it never is */
  shows(pattern: RegExp | string): Promise<void> {
    const isThere = (): boolean =>
      typeof pattern === "string" ? this.#drawn.includes(pattern) : pattern.test(this.#drawn);
    const seen = new Promise<void>((resolve) => {
      this.#look = () => isThere() && resolve();
      this.#look();
    });
    return this.#inTime(seen, `show ${String(pattern)}`);
  }

  /** @returns the exit code */
  ended(): Promise<number> {
    return this.#inTime(this.#process.exited, "end");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
    this.#terminal.close();
  }

  /** A test that hangs does not say where; this does. */
  async #inTime<T>(event: Promise<T>, what: string): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const { exitCode, signalCode } = this.#process;
      const state = exitCode ?? signalCode ?? "alive";
      const drawn = JSON.stringify(this.#drawn.slice(-SHOWN_MAX));
      late.reject(new Error(`The program (${state}) does not ${what}; last it drew ${drawn}`));
    }, this.#endMs - performance.now());
    try {
      return await Promise.race([event, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
