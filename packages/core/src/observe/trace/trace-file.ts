import { closeSync, constants, ftruncateSync, openSync, writeSync } from "node:fs";
import { isIgnored } from "../ignored-signals.ts";
import { ByteWriter, bytesOf } from "./byte-writer.ts";

const BUFFER_BYTES = 256 * 1024;
/** More than any event takes, but for those that are written as text. */
const EVENT_BYTES_MAX = 1024;
/** What is in the buffer is written at least this often while anything happens. */
const FLUSH_MS = 250;
/** The events of a second are rationed in windows of this length. */
const WINDOW_MS = 100;
/** To replace what stands there. Not to wait for who reads a pipe: nobody may ever come. */
const OPEN_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NONBLOCK;
/** Closes the list; each flush overwrites that of the flush before. */
const END = bytesOf("\n]\n");
const EMPTY = new Uint8Array();
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** The files that are being written. They share their listeners, so as not to see each other's. */
const open: Set<TraceFile> = new Set();

/**
 * A file of trace events, as Chrome's `about:tracing` and Perfetto read it: a JSON array. Events
 * gather in a buffer of fixed size; every flush ends the array and the next one continues it, so
 * that the file is whole JSON at any time, also after a crash, which loses what was not flushed.
 */
export class TraceFile {
  readonly writer: ByteWriter = new ByteWriter(BUFFER_BYTES);
  /** Called before it is closed, to record what has not ended by then. */
  readonly closing: Set<() => void> = new Set();
  readonly #path: string;
  readonly #bytesMax: number;
  readonly #eventsPerWindow: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #fd: number;
  /** Where the next flush writes. */
  #position: number = 0;
  #flushedMs: number = performance.now();
  /** How many events the running window may still take; below 0 it takes no more. */
  #ration: number = 0;
  #windowEndMs: number = 0;
  /** Since when nothing is recorded in this window; 0 while something is. */
  #gapMs: number = 0;

  /**
   * @param bytesMax where recording stops, with an event that says so
   * @param eventsPerSecond more are left out, in gaps that are on record
   * @throws Error in Node's shape when the file cannot be written
   */
  constructor(path: string, bytesMax: number, eventsPerSecond: number) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    this.#eventsPerWindow = Math.max(Math.round((eventsPerSecond * WINDOW_MS) / 1000), 1);
    this.#fd = openSync(path, OPEN_FLAGS, 0o644);
    this.#timer = setInterval(() => this.flush(), FLUSH_MS);
    this.#timer.unref();
    if (open.size === 0) listen();
    open.add(this);
    const label = {
      ph: "M",
      pid: process.pid,
      name: "process_labels",
      args: { labels: "bascule" },
    };
    this.writer.append(bytesOf(`[\n${JSON.stringify(label)}`));
    this.flush();
  }

  /** Makes room for an event of a busy kind. @returns false when it is to be left out */
  begin(nowMs: number): boolean {
    if (nowMs >= this.#windowEndMs) this.#newWindow(nowMs);
    if (--this.#ration < 0) {
      if (this.#gapMs === 0) this.#gapMs = nowMs;
      return false;
    }
    return this.#makeRoom(EVENT_BYTES_MAX);
  }

  #makeRoom(byteLength: number): boolean {
    if (this.#fd < 0) return false;
    if (this.writer.hasRoom(byteLength + END.byteLength)) return true;
    this.flush();
    if (this.#fd < 0 || byteLength > BUFFER_BYTES - EVENT_BYTES_MAX) return false;
    if (this.#position < this.#bytesMax) return true;
    this.#stop();
    return false;
  }

  /** A row of its own says where events were left out, and nothing else. */
  #newWindow(nowMs: number): void {
    const gapMs = this.#gapMs;
    this.#gapMs = 0;
    this.#ration = this.#eventsPerWindow;
    this.#windowEndMs = nowMs + WINDOW_MS;
    if (gapMs === 0) return;
    const [ts, dur] = [gapMs * 1000, (nowMs - gapMs) * 1000];
    this.event({ ph: "X", pid: process.pid, tid: 0, ts, dur, name: "too busy: not recorded" });
  }

  /** An event as text: for what is rare. */
  event(fields: Record<string, unknown>): void {
    const bytes = bytesOf(`,\n${JSON.stringify(fields)}`);
    if (this.#makeRoom(bytes.byteLength)) this.writer.append(bytes);
  }

  /** The loop is about to wait: writes what has gathered, unless that was done lately. */
  idle(nowMs: number): void {
    if (nowMs - this.#flushedMs > FLUSH_MS) this.flush();
  }

  flush(): void {
    this.#flushedMs = performance.now();
    const { writer } = this;
    if (this.#fd < 0 || writer.length === 0) return;
    const { length } = writer;
    writer.append(END);
    try {
      writeAll(this.#fd, writer.bytes.subarray(0, writer.length), this.#position);
      this.#position += length;
    } catch (error) {
      // The disk is full, say: the program is not about this, and goes on without.
      const { message } = error as Error;
      const state = this.#takeBack() ? "" : "; the file is not whole JSON";
      warn(`Trace "${this.#path}" cannot be written: nothing more is recorded: ${message}${state}`);
      this.#end();
    }
    writer.length = 0;
  }

  /**
   * Ends the list where it ended before, with nothing behind it of a flush that failed.
   * @returns whether that could be written
   */
  #takeBack(): boolean {
    const end = this.#position === 0 ? EMPTY : END;
    try {
      // First written, then cut: there is room for it as long as nothing has been given back.
      writeAll(this.#fd, end, this.#position);
      ftruncateSync(this.#fd, this.#position + end.byteLength);
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    if (this.#fd >= 0) for (const recordRest of this.closing) recordRest();
    this.closing.clear();
    this.flush();
    this.#end();
  }

  #stop(): void {
    warn(`Trace "${this.#path}" has ${this.#position} bytes and is full: nothing more is recorded`);
    const ts = performance.now() * 1000;
    const fields = { ph: "i", s: "g", pid: process.pid, tid: 1, ts, name: "trace is full" };
    this.writer.append(bytesOf(`,\n${JSON.stringify(fields)}`));
    this.flush();
    this.#end();
  }

  #end(): void {
    if (this.#fd < 0) return;
    clearInterval(this.#timer);
    open.delete(this);
    if (open.size === 0) ignore();
    closeSync(this.#fd);
    this.#fd = -1;
  }
}

function listen(): void {
  process.on("exit", closeAll);
  // Before others, so as to count those that will be removed because they hear only once.
  for (const signal of SIGNALS) {
    if (!isIgnored(signal)) process.prependListener(signal, onSignal);
  }
}

function ignore(): void {
  process.off("exit", closeAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function flushAll(): void {
  for (const file of open) file.flush();
}

function closeAll(): void {
  for (const file of open) file.close();
}

/** Where nobody else listens, the signal is to do what it does by itself. */
function onSignal(signal: NodeJS.Signals): void {
  flushAll();
  if (process.listenerCount(signal) > 1) return;
  closeAll();
  process.kill(process.pid, signal);
}

function warn(message: string): void {
  process.emitWarning(message, "BasculeTraceWarning");
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.byteLength) {
    written += writeSync(fd, bytes, written, bytes.byteLength - written, position + written);
  }
}
