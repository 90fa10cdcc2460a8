import type { Operation } from "../../contract/operation.ts";
import { RUNNING, type Task } from "../../task.ts";
import { RuntimeObserver } from "../observer.ts";
import { bytesOf } from "./byte-writer.ts";
import type { TraceFile } from "./trace-file.ts";

/** Rows of a runtime in the trace: its loop, then one for each slot of an operation. */
const ROWS = 100_000;
/** Turns of the driver that found nothing and were over sooner are left out. */
const TURN_MS_MIN = 0.01;

/** A poll is named by the beginning of its task's name. */
const NAME_LENGTH_MAX = 100;

const MORE = bytesOf(',"more":true}}');
const END = bytesOf("}}");
const WAIT = bytesOf(',"name":"wait in the kernel","cat":"loop"}');
const SLEEP = bytesOf(',"name":"in Bun\'s loop","cat":"loop"}');
const TURN = bytesOf(',"name":"turn","cat":"loop","args":{"completions":');

interface Infix {
  readonly kind: string;
  readonly fd: number;
  readonly bytes: Uint8Array;
}

/** What is read of a driver. */
interface TracedDriver {
  readonly name: string;
  readonly ledger: { pending(): Iterable<Operation> };
}

/**
 * Writes what a runtime does as trace events: polls, turns and waits one after the other in a row
 * of the loop, each operation in the row of its slot, the lives of tasks as asynchronous spans.
 */
export class Tracer extends RuntimeObserver {
  readonly #file: TraceFile;
  readonly #ledger: TracedDriver["ledger"];
  readonly #row: number;
  readonly #onDetached: () => void;
  /** Begins an event of the loop's row, up to the value of its time. */
  readonly #loopPrefix: Uint8Array;
  /** The same for the row of each slot. */
  readonly #slotPrefixes: Uint8Array[] = [];
  /** The end of a poll's event, by task; of tasks that have not ended. */
  readonly #pollSuffixes: Map<Task, Uint8Array> = new Map();
  /** What follows the times of an operation's event, as it was last in each slot. */
  readonly #slotInfixes: Infix[] = [];
  /** When each slot's operation was submitted, or completed last. */
  readonly #slotMs: number[] = [];
  /** Tasks whose span has been begun. */
  readonly #spans: Set<Task> = new Set();
  readonly #pollMs: number[] = [];
  readonly #polled: Task[] = [];
  readonly #recordRest: () => void = () => this.#endAll(performance.now());
  #turnMs: number = 0;
  #parkedMs: number = 0;

  /** @param index counts the runtimes of the file */
  constructor(file: TraceFile, index: number, driver: TracedDriver, onDetached: () => void) {
    super();
    const pid = process.pid;
    this.#file = file;
    this.#ledger = driver.ledger;
    file.closing.add(this.#recordRest);
    this.#row = index * ROWS + 1;
    this.#onDetached = onDetached;
    this.#loopPrefix = prefixOf(this.#row);
    const name = `bascule ${process.argv[1] ?? ""}`.trimEnd();
    file.event({ ph: "M", pid, name: "process_name", args: { name } });
    this.#nameRow(this.#row, `runtime ${index + 1} on ${driver.name}`);
  }

  override taskSpawned(task: Task, nowMs: number): void {
    if (!this.#file.begin(nowMs)) return;
    const { id, name, parentId: parent, priority } = task;
    this.#spans.add(task);
    this.#span("b", id, name, nowMs, { priority, parent });
  }

  override taskEnded(task: Task, nowMs: number): void {
    const { id, name, polls } = task;
    if (this.#spans.delete(task)) this.#span("e", id, name, nowMs, { polls });
    if (!this.#polled.includes(task)) this.#pollSuffixes.delete(task);
  }

  override pollStarted(task: Task, nowMs: number): void {
    this.#polled.push(task);
    this.#pollMs.push(nowMs);
  }

  override pollEnded(task: Task, nowMs: number): void {
    const startMs = this.#pollMs.pop();
    if (this.#polled.pop() !== task || startMs === undefined) return;
    if (this.#file.begin(nowMs)) {
      let suffix = this.#pollSuffixes.get(task);
      if (suffix === undefined) {
        suffix = pollSuffix(task);
        this.#pollSuffixes.set(task, suffix);
      }
      this.#loopEvent(startMs, nowMs, suffix);
    }
    if (task.state !== RUNNING) this.#pollSuffixes.delete(task);
  }

  override operationSubmitted({ slot }: Operation, nowMs: number): void {
    if (slot >= this.#slotMs.length) this.#nameSlots(slot);
    this.#slotMs[slot] = nowMs;
  }

  override operationCancelled({ slot, generation }: Operation, nowMs: number): void {
    const args = { generation };
    this.#file.event({ ...this.#at(nowMs, slot), ph: "i", s: "t", name: "cancel", args });
  }

  override operationCompleted(
    { descriptor, kind, slot }: Operation,
    result: number,
    more: boolean,
    nowMs: number,
  ): void {
    const startMs = this.#slotMs[slot];
    const prefix = this.#slotPrefixes[slot];
    // Not when it was submitted before the trace began.
    if (startMs === undefined || startMs === 0 || prefix === undefined) return;
    this.#slotMs[slot] = nowMs;
    if (!this.#file.begin(nowMs)) return;
    const infix = this.#infixOf(slot, kind?.name ?? "unknown", descriptor?.fd ?? -1);
    const { writer } = this.#file;
    writer.append(prefix);
    writer.span(startMs, nowMs);
    writer.append(infix);
    writer.integer(result);
    writer.append(more ? MORE : END);
  }

  override turnStarted(timeoutMs: number, nowMs: number): void {
    this.#turnMs = nowMs;
    if (timeoutMs > 0) this.#file.idle(nowMs);
  }

  override turnEnded(timeoutMs: number, completions: number, nowMs: number): void {
    const startMs = this.#turnMs;
    const isWait = timeoutMs > 0;
    const isShort = !isWait && completions === 0 && nowMs - startMs < TURN_MS_MIN;
    if (startMs === 0 || isShort || !this.#file.begin(nowMs)) return;
    if (isWait) {
      this.#loopEvent(startMs, nowMs, WAIT);
      return;
    }
    this.#loopEvent(startMs, nowMs, TURN);
    this.#file.writer.integer(completions);
    this.#file.writer.append(END);
  }

  override parked(nowMs: number): void {
    this.#parkedMs = nowMs;
    this.#file.idle(nowMs);
  }

  override awoken(nowMs: number): void {
    const startMs = this.#parkedMs;
    this.#parkedMs = 0;
    if (startMs !== 0 && this.#file.begin(nowMs)) this.#loopEvent(startMs, nowMs, SLEEP);
  }

  override detached(): void {
    this.#recordRest();
    this.#file.closing.delete(this.#recordRest);
    this.#file.flush();
    this.#onDetached();
  }

  /**
   * What has not ended at the end is on record up to then: an operation may be what the program
   * hangs on, and who ends a trace, or its runtime, may do so in the middle of a poll.
   */
  #endAll(nowMs: number): void {
    for (let task = this.#polled.at(-1); task !== undefined; task = this.#polled.at(-1)) {
      this.pollEnded(task, nowMs);
    }
    this.awoken(nowMs);
    for (const { descriptor, kind, slot } of this.#ledger.pending()) {
      const startMs = this.#slotMs[slot] ?? 0;
      if (startMs === 0) continue;
      const dur = (nowMs - startMs) * 1000;
      const args = { fd: descriptor?.fd ?? -1, unfinished: true };
      const what = { ph: "X", dur, name: kind?.name ?? "unknown", cat: "op", args };
      this.#file.event({ ...this.#at(startMs, slot), ...what });
    }
  }

  #loopEvent(startMs: number, endMs: number, rest: Uint8Array): void {
    const { writer } = this.#file;
    writer.append(this.#loopPrefix);
    writer.span(startMs, endMs);
    writer.append(rest);
  }

  #span(ph: "b" | "e", id: number, name: string, nowMs: number, args: object): void {
    const where = { pid: process.pid, tid: this.#row, ts: nowMs * 1000 };
    this.#file.event({ ph, cat: "task", id: `${this.#row}.${id}`, name, ...where, args });
  }

  #at(nowMs: number, slot: number): { pid: number; tid: number; ts: number } {
    return { pid: process.pid, tid: this.#row + 1 + slot, ts: nowMs * 1000 };
  }

  /** A slot mostly does the same as before. */
  #infixOf(slot: number, kind: string, fd: number): Uint8Array {
    const last = this.#slotInfixes[slot];
    if (last !== undefined && last.kind === kind && last.fd === fd) return last.bytes;
    const name = JSON.stringify(kind);
    const bytes = bytesOf(`,"name":${name},"cat":"op","args":{"fd":${fd},"result":`);
    this.#slotInfixes[slot] = { kind, fd, bytes };
    return bytes;
  }

  #nameSlots(last: number): void {
    while (this.#slotMs.length <= last) {
      const slot = this.#slotMs.push(0) - 1;
      const row = this.#row + 1 + slot;
      this.#slotPrefixes.push(prefixOf(row));
      this.#slotInfixes.push({ kind: "", fd: -1, bytes: END });
      this.#nameRow(row, `operations, slot ${slot}`);
    }
  }

  #nameRow(tid: number, name: string): void {
    const where = { ph: "M", pid: process.pid, tid };
    this.#file.event({ ...where, name: "thread_name", args: { name } });
    this.#file.event({ ...where, name: "thread_sort_index", args: { sort_index: tid } });
  }
}

function pollSuffix({ id, name }: Task): Uint8Array {
  const text = id === 0 ? "code outside every task" : name.slice(0, NAME_LENGTH_MAX);
  return bytesOf(`,"name":${JSON.stringify(text)},"cat":"poll","args":{"task":${id}}}`);
}

/** Begins an event of a row, up to the value of its time. */
function prefixOf(row: number): Uint8Array {
  return bytesOf(`,\n{"ph":"X","pid":${process.pid},"tid":${row},"ts":`);
}
