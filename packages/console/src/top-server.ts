import { liveRuntimes, type Runtime } from "@bascule/core";
import { peerCredentials } from "@bascule/sys";
import { chmodSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { isMainThread } from "node:worker_threads";
import { isInOwnFolder, preparePlace, socketPath, userId } from "./socket-place.ts";
import { takeReport } from "./report.ts";

/** The longest question: there is only one, and it is an empty line. */
const QUESTION_BYTES_MAX = 1024;

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
  preparePlace(path);
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
    const mask = isInOwnFolder(path) || !isMainThread ? null : process.umask(0o177);
    try {
      this.#server.listen(path, () => {
        chmodSync(path, 0o600);
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
    if (!isSameUser(socket)) {
      socket.destroy();
      return;
    }
    socket.unref();
    this.#viewers.add(socket);
    this.#measure();
    let question = "";
    socket.setEncoding("utf8");
    socket.on("data", (text) => {
      question += String(text);
      const lines = question.split("\n");
      question = lines.pop() ?? "";
      if (question.length > QUESTION_BYTES_MAX) socket.destroy();
      else if (lines.length > 0) this.#answer(socket);
    });
    // A viewer that goes away in the middle of an answer is no fault of the program's.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#viewers.delete(socket);
      if (this.#viewers.size === 0) this.#stopMeasuring();
    });
  }

  /** One answer for all that has been asked; none while the last has not been taken. */
  #answer(socket: Socket): void {
    this.#measure();
    if (socket.writableLength === 0) socket.write(`${JSON.stringify(takeReport())}\n`);
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

/**
 * The mode of the socket keeps other users out, but for one who may open any file. Where Bun does
 * not say which descriptor it is, the mode has to do.
 */
function isSameUser(socket: Socket): boolean {
  const fd = (socket as { _handle?: { fd?: number } })._handle?.fd;
  if (typeof fd !== "number" || fd < 0) return true;
  const peer = peerCredentials(fd);
  return typeof peer !== "number" && peer.userId === userId();
}
