import { Worker } from "node:worker_threads";
import { RuntimeObserver } from "../observe/observer.ts";
import { describeSite } from "../spawn-site.ts";
import type { Task } from "../task.ts";
import { StallBoard } from "./stall-board.ts";
import { StallWarning } from "./stall-warning.ts";

/**
 * Names tasks whose single poll runs for longer than so many milliseconds: with a warning when the
 * poll ends, and from a thread of its own while it does not, because a task that loops over
 * `await null` lets nothing else of its thread run ever again.
 *
 * What a task does after awaiting a promise that is not Bascule's is no poll, and not measured.
 */
export class StallDetector extends RuntimeObserver {
  readonly #stallMs: number;
  readonly #board: StallBoard = new StallBoard();
  readonly #texts: WeakMap<Task, Uint8Array> = new WeakMap();
  /** Polls under way: the innermost is last. Only `blockOn` makes them nest. */
  readonly #running: { task: Task; startMs: number }[] = [];

  constructor(stallMs: number) {
    super();
    this.#stallMs = stallMs;
    const worker = new Worker(new URL("./stall-worker.ts", import.meta.url), {
      workerData: { memory: this.#board.memory, stallMs },
    });
    worker.unref();
  }

  override pollStarted(task: Task, nowMs: number): void {
    if (this.#running.length > 0) this.#board.end();
    this.#running.push({ task, startMs: nowMs });
    this.#board.begin(this.#textOf(task));
  }

  override pollEnded(task: Task, nowMs: number): void {
    this.#board.end();
    const poll = this.#running.pop();
    if (poll === undefined) return;
    const durationMs = nowMs - poll.startMs;
    if (durationMs > this.#stallMs) {
      process.emitWarning(new StallWarning(task, durationMs, this.#stallMs));
    }
    const outer = this.#running.at(-1);
    if (outer !== undefined) this.#board.begin(this.#textOf(outer.task));
  }

  override detached(): void {
    this.#board.stop();
  }

  #textOf(task: Task): Uint8Array {
    const known = this.#texts.get(task);
    if (known !== undefined) return known;
    const site = describeSite(task.site);
    const spawned = site === "" ? "" : ` (spawned at ${site})`;
    const text = new TextEncoder().encode(`task "${task.name}"${spawned}`);
    this.#texts.set(task, text);
    return text;
  }
}

/**
 * The limit that the options or `BASCULE_STALL_MS` give; 0 for none.
 * @throws RangeError when it is not a number of milliseconds above 0
 */
export function stallLimit(option: number | undefined): number {
  const variable = Bun.env["BASCULE_STALL_MS"] ?? "";
  if (option === undefined && variable === "") return 0;
  const stallMs = option ?? Number(variable);
  if (stallMs > 0) return stallMs;
  const given = option === undefined ? `BASCULE_STALL_MS "${variable}"` : `stallMs "${option}"`;
  throw new RangeError(`Cannot create a runtime with ${given}: pass milliseconds above 0`);
}
