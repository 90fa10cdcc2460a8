import { liveRuntimes, type Runtime } from "@bascule/core";
import { chmodSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { isMainThread } from "node:worker_threads";
import { isInOwnFolder, preparePlace, socketPath } from "./socket-place.ts";
import { type ConsoleReport, takeReport } from "./report.ts";
import { isSameUser, Visitor } from "./visitor.ts";

/** Options of {@link serveTop}. */
export interface TopOptions {
  /** The socket's path; default: `PID.sock` in the user's own folder, where `bascule top` looks. */
  path?: string;
}

/**
 * Answers `bascule top`, until it is disposed of, on a Unix socket that only the same user can
 * open. It runs in Bun's own loop, so that it neither keeps the process alive nor shows up in what
 * it shows; while `blockOn` drives, answers have to wait. Times are measured while anybody looks.
 *
 * @throws (rejects) Error when the socket cannot be made or its folder is not the user's own
 * @example
 * ```ts
 * import { serveTop } from "@bascule/console";
 * await using top = await serveTop();
 * if (!top.path.endsWith(`${process.pid}.sock`)) throw new Error("somewhere else");
 * ```
 */
export async function serveTop(options: TopOptions = {}): Promise<TopServer> {
  const path = socketPath(options.path ?? "1");
  await preparePlace(path);
  const server = new TopServer(path);
  await server.listening;
  return server;
}

/** For `BASCULE_TOP`: what goes wrong is a warning, because the program is not about this. */
export function serveByEnvironment(place: string): void {
  serveTop({ path: place }).catch((error: unknown) => {
    const { message } = error instanceof Error ? error : new Error(String(error));
    process.emitWarning(message, "BasculeTopWarning");
  });
}

/** What {@link serveTop} gives. */
export class TopServer implements AsyncDisposable {
  readonly path: string;
  /** Settles when the socket is there, or cannot be. */
  readonly listening: Promise<void>;
  /** Whether the socket is never open to others, not even between its making and its mode. */
  readonly #isPrivate: boolean;
  readonly #server: Server = createServer((socket) => this.#open(socket));
  readonly #viewers: Set<Socket> = new Set();
  readonly #measuring: Map<Runtime, Disposable> = new Map();
  readonly #onExit = (): void => this.#unlink();

  /** @param path where nothing stands */
  constructor(path: string) {
    this.path = path;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.listening = promise;
    // Also later, when it says nothing any more: the program is not about this.
    this.#server.on("error", reject);
    // Nobody can open it between its making and the change of its mode: it is made that way. Where
    // nobody can get at it anyhow, the mask, which is that of all threads, is left alone; and only
    // the main thread may change it, so that another relies on who connects being looked at.
    const isHidden = isInOwnFolder(path);
    this.#isPrivate = isHidden || isMainThread;
    const mask = isHidden || !isMainThread ? null : process.umask(0o177);
    try {
      this.#server.listen(path, () => {
        try {
          chmodSync(path, 0o600);
        } catch (error) {
          // Somebody has taken it away at once: no reason for the program to fail.
          this.#server.close(() => reject(error));
          return;
        }
        // Not before: where somebody else was faster, the socket is his.
        process.on("exit", this.#onExit);
        resolve();
      });
    } finally {
      if (mask !== null) process.umask(mask);
    }
    this.#server.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off("exit", this.#onExit);
    for (const viewer of this.#viewers) viewer.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
    this.#unlink();
    this.#stopMeasuring();
  }

  #open(socket: Socket): void {
    if (!isSameUser(socket, this.#isPrivate)) {
      socket.destroy();
      return;
    }
    socket.unref();
    this.#viewers.add(socket);
    new Visitor(socket, () => this.#report()).attend();
    socket.on("close", () => {
      this.#viewers.delete(socket);
      if (this.#viewers.size === 0) this.#stopMeasuring();
    });
  }

  #report(): ConsoleReport {
    this.#measure();
    return takeReport();
  }

  /** Runtimes come and go while somebody looks. */
  #measure(): void {
    const runtimes = liveRuntimes();
    for (const runtime of this.#measuring.keys()) {
      if (!runtimes.includes(runtime)) this.#measuring.delete(runtime);
    }
    for (const runtime of runtimes) {
      if (!this.#measuring.has(runtime)) this.#measuring.set(runtime, runtime.measureTimes());
    }
  }

  #stopMeasuring(): void {
    for (const measuring of this.#measuring.values()) measuring[Symbol.dispose]();
    this.#measuring.clear();
  }

  #unlink(): void {
    try {
      unlinkSync(this.path);
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOENT") throw error;
    }
  }
}
