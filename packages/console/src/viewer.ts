import { connect, type Socket } from "node:net";
import type { ConsoleReport } from "./report.ts";
import { UsageError } from "./usage-error.ts";

/** By error code: why nobody answers at a path. */
const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket",
  ECONNREFUSED: "no program listens there",
  EACCES: "it belongs to another user",
};

/** Asks a program for its reports. */
export class Viewer implements Disposable {
  readonly #path: string;
  readonly #socket: Socket;
  /** Of a report, so far: that of a million tasks comes in thousands of pieces. */
  #pieces: string[] = [];
  #waiting: PromiseWithResolvers<ConsoleReport> | null = null;
  #ended: Error | null = null;
  #endPause: (() => void) | null = null;

  /** @param path the program's socket */
  constructor(path: string) {
    this.#path = path;
    this.#socket = connect(path);
    this.#socket.setEncoding("utf8");
    this.#socket.on("data", (text) => this.#receive(String(text)));
    this.#socket.on("error", (error: NodeJS.ErrnoException) => {
      const why = WHY[error.code ?? ""];
      this.#end(why === undefined ? error : this.#refusal(why));
    });
    this.#socket.on("close", () => this.#end(new Error("The program has ended")));
  }

  /** The program's next report. @throws (rejects) Error when it has gone, or never was there */
  next(): Promise<ConsoleReport> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    if (this.#waiting === null) {
      this.#waiting = Promise.withResolvers<ConsoleReport>();
      this.#socket.write("\n");
    }
    return this.#waiting.promise;
  }

  /** Waits so long. @throws (rejects) Error as soon as the program has gone */
  async pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#endPause = resolve;
    if (this.#ended === null) await promise;
    clearTimeout(timer);
    if (this.#ended !== null) throw this.#ended;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    const end = text.indexOf("\n");
    if (end < 0) {
      this.#pieces.push(text);
      return;
    }
    const line = this.#pieces.join("") + text.slice(0, end);
    this.#pieces = [text.slice(end + 1)];
    const waiting = this.#waiting;
    this.#waiting = null;
    try {
      waiting?.resolve(JSON.parse(line) as ConsoleReport);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      waiting?.reject(this.#refusal("what listens there does not answer as a Bascule program"));
    }
  }

  #refusal(why: string): UsageError {
    return new UsageError(`Cannot look into "${this.#path}": ${why}`);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#waiting?.reject(this.#ended);
    this.#waiting = null;
    this.#endPause?.();
  }
}
