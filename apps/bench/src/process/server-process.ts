import { fileURLToPath } from "node:url";
import type { Contender } from "../contender.ts";
import { undoAtEnd } from "./clean-up.ts";
import { outputLines } from "./output-lines.ts";
import { type ServerUsage, USAGE_MARK } from "./server-usage.ts";

const PRELOAD = fileURLToPath(new URL("./report-usage.ts", import.meta.url));
const START_TIMEOUT_MS = 15_000;
const REPORT_TIMEOUT_MS = 10_000;

/** A contender's server in a process of its own. Disposing kills it. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"ignore", "pipe", "inherit">;
  readonly #killed: Disposable;
  readonly #usages: ServerUsage[] = [];
  /** Called after every line of output and at its end. */
  #onOutput: (() => void) | null = null;
  #ended: boolean = false;
  port: number = 0;

  private constructor(child: Bun.Subprocess<"ignore", "pipe", "inherit">) {
    this.#child = child;
    this.#killed = undoAtEnd(() => child.kill("SIGKILL"));
    void this.#readOutput();
  }

  /** Starts a server pinned by `pin`. @throws Error when it does not listen within 15 seconds */
  static async start(contender: Contender, pin: readonly string[]): Promise<ServerProcess> {
    const environment: Record<string, string | undefined> = { ...Bun.env };
    delete environment["BASCULE_DRIVER"];
    if (contender.driver !== null) environment["BASCULE_DRIVER"] = contender.driver;
    Object.assign(environment, contender.environment);
    const preload = contender.preload ?? PRELOAD;
    const child = Bun.spawn({
      cmd: [...pin, process.execPath, "--preload", preload, contender.program, "--port", "0"],
      env: environment,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    const server = new ServerProcess(child);
    try {
      await server.#until(() => server.port !== 0, START_TIMEOUT_MS, "listen");
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get processId(): number {
    return this.#child.pid;
  }

  /** Waits for the next report: one per SIGUSR2, in order. */
  async nextUsage(): Promise<ServerUsage> {
    await this.#until(() => this.#usages.length > 0, REPORT_TIMEOUT_MS, "report its usage");
    const usage = this.#usages.shift();
    if (usage === undefined) throw new Error("A report was announced and is not there");
    return usage;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#killed[Symbol.dispose]();
    await this.#child.exited;
  }

  async #readOutput(): Promise<void> {
    for await (const line of outputLines(this.#child.stdout)) {
      if (line.startsWith(USAGE_MARK)) {
        this.#usages.push(JSON.parse(line.slice(USAGE_MARK.length)) as ServerUsage);
      } else {
        const port = /^listening on \S+:(\d+)/.exec(line)?.[1];
        if (port !== undefined) this.port = Number(port);
      }
      this.#onOutput?.();
    }
    this.#ended = true;
    this.#onOutput?.();
  }

  async #until(met: () => boolean, timeoutMs: number, what: string): Promise<void> {
    if (met()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      reject(new Error(`A server did not ${what} within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    this.#onOutput = () => {
      if (met()) resolve();
      else if (this.#ended) reject(new Error(`A server ended before it could ${what}`));
    };
    if (this.#ended) this.#onOutput();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#onOutput = null;
    }
  }
}
