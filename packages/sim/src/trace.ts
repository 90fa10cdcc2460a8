import { resultText } from "./errno.ts";

/** One line of a trace. */
export interface TraceEntry {
  readonly timeMs: number;
  /** On which host; empty for what concerns the world. */
  readonly host: string;
  /** What happened: `submit`, `complete`, `packet`, `crash`. */
  readonly event: string;
  /** To what: the name of a task or an operation, an address, a path. */
  readonly subject: string;
  /** Of an operation: its slot and its descriptor; -1 for anything else. */
  readonly slot: number;
  readonly fd: number;
  /** A number that belongs to it, a result or a count; NaN for none. */
  readonly value: number;
}

const LINES_AROUND = 6;
const LINES_MAX = 200;
const ENTRIES_KEPT = 10_000;

/**
 * What happened in a run, in order. Two runs of one seed have equal traces; where they differ is
 * the first thing that did not depend on the seed alone.
 */
export class Trace {
  readonly entries: TraceEntry[] = [];

  add(entry: TraceEntry): void {
    this.entries.push(entry);
  }

  /** Forgets what was long ago. */
  forget(): void {
    if (this.entries.length > ENTRIES_KEPT) this.entries.length = 0;
  }

  /** The last lines, for a failure's message. */
  tail(lines: number = LINES_MAX): string {
    const { entries } = this;
    const left = Math.max(0, entries.length - lines);
    const shown = entries.slice(left).map(formatEntry).join("\n");
    return left === 0 ? shown : `… ${left} lines before\n${shown}`;
  }

  /** Where another run of the same seed took another course; null when it did not. */
  difference(other: Trace): string | null {
    const length = Math.max(this.entries.length, other.entries.length);
    for (let index = 0; index < length; index++) {
      const [mine, others] = [this.entries[index], other.entries[index]];
      if (isSame(mine, others)) continue;
      const before = this.entries.slice(Math.max(0, index - LINES_AROUND), index);
      return [
        ...before.map(formatEntry),
        `first run:  ${mine === undefined ? "(has ended)" : formatEntry(mine)}`,
        `second run: ${others === undefined ? "(has ended)" : formatEntry(others)}`,
      ].join("\n");
    }
    return null;
  }
}

function isSame(a: TraceEntry | undefined, b: TraceEntry | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return (
    a.timeMs === b.timeMs &&
    a.event === b.event &&
    a.host === b.host &&
    a.subject === b.subject &&
    a.slot === b.slot &&
    a.fd === b.fd &&
    Object.is(a.value, b.value)
  );
}

function formatEntry({ timeMs, host, event, subject, slot, fd, value }: TraceEntry): string {
  const at = timeMs.toFixed(3).padStart(11);
  // What is about a path has no descriptor.
  const operation = slot < 0 ? "" : ` #${slot}${fd < 0 ? "" : ` of ${fd}`}`;
  const result = Number.isNaN(value) ? "" : ` → ${resultText(value)}`;
  return `${at} ms  ${host.padEnd(10)} ${event} ${subject}${operation}${result}`;
}
