import { Worker } from "node:worker_threads";
import { RuntimeObserver } from "../observe/observer.ts";
import { describeSite } from "../spawn-site.ts";
import type { Task } from "../task.ts";
import { StallBoard } from "./stall-board.ts";
import { STALL_WARNING, StallWarning } from "./stall-warning.ts";

/** A poll under way. */
interface RunningPoll {
  readonly task: Task;
  readonly startMs: number;
  /** It has called `blockOn`: others have had their turns meanwhile. */
  hasBlocked: boolean;
}

/**
 * Names tasks whose single poll runs for longer than so many milliseconds: with a warning when the
 * poll ends, and from a thread of its own while it does not, because a task that loops over
 * `await null` lets nothing else of its thread run ever again.
 *
 * What a task does after awaiting a promise that is not Bascule's is no poll, and not measured.
 */
export class StallDetector extends RuntimeObserver {
  readonly #stallMs: number;
  readonly #board: StallBoard;
  readonly #texts: WeakMap<Task, Uint8Array> = new WeakMap();
  /** Polls under way: the innermost is last. Only `blockOn` makes them nest. */
  readonly #running: RunningPoll[] = [];

  constructor(stallMs: number, board: StallBoard = new StallBoard()) {
    super();
    this.#stallMs = stallMs;
    this.#board = board;
    const worker = new Worker(new URL("./stall-worker.ts", import.meta.url), {
      workerData: { memory: this.#board.memory, stallMs },
    });
    // Without it the program goes on as well: only polls that never end are not told any more.
    worker.on("error", ({ message }) => {
      process.emitWarning(`Nobody looks for polls that never end: ${message}`, STALL_WARNING);
    });
    worker.unref();
  }

  override pollStarted(task: Task, nowMs: number): void {
    if (this.#running.length > 0) this.#interrupt();
    this.#running.push({ task, startMs: nowMs, hasBlocked: false });
    this.#board.begin(this.#textOf(task));
  }

  override pollEnded(task: Task, nowMs: number): void {
    this.#board.end();
    const poll = this.#running.pop();
    if (poll === undefined) return;
    const durationMs = nowMs - poll.startMs;
    if (durationMs > this.#stallMs) {
      const { hasBlocked } = poll;
      process.emitWarning(new StallWarning(task, durationMs, this.#stallMs, hasBlocked));
    }
    this.#resume();
  }

  override turnStarted(): void {
    if (this.#running.length > 0) this.#interrupt();
  }

  override turnEnded(): void {
    this.#resume();
  }

  /** The innermost poll calls `blockOn`: what comes next is not its own. */
  #interrupt(): void {
    this.#board.end();
    const poll = this.#running.at(-1);
    if (poll !== undefined) poll.hasBlocked = true;
  }

  /** The poll that was interrupted goes on. */
  #resume(): void {
    const poll = this.#running.at(-1);
    if (poll !== undefined) this.#board.begin(this.#textOf(poll.task));
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
