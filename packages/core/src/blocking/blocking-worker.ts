import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";
import type { RemoteUnpark } from "../contract/driver.ts";
import type { BlockingJob } from "./blocking-job.ts";
import {
  ALIVE,
  BUSY,
  ENDED,
  EXIT,
  IDLE,
  type JobReply,
  POSTED,
  STATE,
  WORDS,
  type WorkerSetup,
} from "./job-protocol.ts";

/** Nothing has come from a worker. */
export const NOTHING: unique symbol = Symbol("nothing");

/** A thread that runs blocking jobs, as its owner sees it. It keeps no process alive. */
export class BlockingWorker {
  /** What it runs; null while it is idle. */
  job: BlockingJob | null = null;
  readonly #words: Int32Array = sharedWords();
  readonly #port: MessagePort;
  readonly #worker: Worker;
  #taken: number = 0;
  /** Why the thread ended, where that is known. */
  failure: unknown = undefined;

  /**
   * @param onEnd called from Bun's loop when the thread has ended, which its owner may know already
   */
  constructor(unpark: RemoteUnpark, idleMs: number, onEnd: () => void) {
    const { port1, port2 } = new MessageChannel();
    const { module, data } = unpark;
    const setup: WorkerSetup = {
      port: port2,
      words: this.#words,
      unpark: { module, data },
      idleMs,
    };
    this.#port = port1;
    this.#worker = new Worker(new URL("./worker-main.ts", import.meta.url), {
      workerData: setup,
      transferList: [port2],
    });
    this.#worker.unref();
    this.#worker.on("error", (error) => {
      this.failure ??= error;
    });
    // A thread that is terminated, or whose module cannot be loaded, does not say so itself.
    this.#worker.on("exit", (code) => {
      Atomics.compareExchange(this.#words, EXIT, ALIVE, code + 1);
      onEnd();
    });
  }

  /** Its exit code, or null while its JavaScript goes on. */
  get exitCode(): number | null {
    const exit = Atomics.load(this.#words, EXIT);
    return exit === ALIVE ? null : exit - 1;
  }

  /** Whether {@link take} has something, or will very soon: a reply that counts is never lost. */
  get hasReply(): boolean {
    return Atomics.load(this.#words, POSTED) !== this.#taken;
  }

  /** Before a job other than its first: false when it has just ended for want of one. */
  claim(): boolean {
    return this.#exchange(IDLE, BUSY);
  }

  start(job: BlockingJob): void {
    this.job = job;
    const { args, transfer } = job.takeArguments();
    const { module, exportName } = job.address;
    this.#port.postMessage({ module, exportName, args, transfer }, [...transfer]);
  }

  /** The next reply. It is not always there yet when it counts: then a later look finds it. */
  take(): JobReply | typeof NOTHING {
    const received: { message: JobReply } | undefined = receiveMessageOnPort(this.#port);
    if (received === undefined) return NOTHING;
    this.#taken++;
    return received.message;
  }

  /** Its job is over. Returns whether it is good for another. */
  becomeIdle(): boolean {
    this.job = null;
    return this.#exchange(BUSY, IDLE);
  }

  /** Asks it to end, which an idle one does soon. Returns false when it is busy. */
  end(): boolean {
    if (!this.#exchange(IDLE, ENDED)) return this.job === null;
    this.#port.postMessage(null);
    return true;
  }

  /** Waits until its JavaScript has ended, but not for longer than `limitMs`. */
  join(limitMs: number): void {
    const isEnding = Atomics.load(this.#words, EXIT) === ALIVE;
    if (isEnding) Atomics.wait(this.#words, EXIT, ALIVE, limitMs);
  }

  /** Stops it wherever it is. What it has open is left open. */
  terminate(): void {
    void this.#worker.terminate();
  }

  #exchange(from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, STATE, from, to) === from;
  }
}

function sharedWords(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
}
