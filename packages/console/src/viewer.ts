import { connect, type Socket } from "node:net";
import type { ConsoleReport } from "./report.ts";

/** Asks a program for its reports. */
export class Viewer implements Disposable {
  readonly #socket: Socket;
  #text: string = "";
  #waiting: PromiseWithResolvers<ConsoleReport> | null = null;
  #ended: Error | null = null;
  #endPause: (() => void) | null = null;

  /** @param path the program's socket */
  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.setEncoding("utf8");
    this.#socket.on("data", (text) => this.#receive(String(text)));
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", () => this.#end(new Error("The program has ended")));
  }

  /** The program's next report. @throws (rejects) Error when it has gone */
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
    this.#text += text;
    const end = this.#text.indexOf("\n");
    if (end < 0) return;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    const waiting = this.#waiting;
    this.#waiting = null;
    try {
      waiting?.resolve(JSON.parse(line) as ConsoleReport);
    } catch (error) {
      waiting?.reject(error);
    }
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#waiting?.reject(this.#ended);
    this.#waiting = null;
    this.#endPause?.();
  }
}
