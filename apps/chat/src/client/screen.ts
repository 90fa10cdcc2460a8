import { writeSync } from "node:fs";
import type { WriteStream } from "node:tty";

const STDOUT = 1;
const ENTER = "\u001b[?1049h\u001b[?7l";
const LEAVE = "\u001b[?7h\u001b[?1049l\u001b[?25h\u001b[0m";
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR = "\u001b[2J";
const CLEAR_TO_END = "\u001b[K";
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 };

/** What stands on the screen: talk above, a status row, and the input below. */
export interface Frame {
  readonly rows: readonly string[];
  readonly status: string;
  readonly input: string;
  /** Where the cursor stands in the input's row. */
  readonly column: number;
}

/**
 * The terminal while the client has it: raw keys and the alternate screen. It is given back as it
 * was at the end, however that comes: disposing, an exit, a crash, a signal. When it has gone, the
 * program ends as by `SIGHUP`.
 */
export class Screen implements Disposable {
  readonly #output: WriteStream;
  #isOpen: boolean = true;
  /** What stands on the screen, and how large that was. */
  #lines: readonly string[] = [];
  #size: string = "";
  readonly #restore = (): void => this.#giveBack();
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#giveBack();
    process.exit(SIGNALS[signal as keyof typeof SIGNALS]);
  };
  /** Not every terminal that goes sends a signal, nor to everybody who has it. */
  readonly #onGone = (): void => this.#onSignal("SIGHUP");

  constructor(output: WriteStream) {
    this.#output = output;
    process.once("exit", this.#restore);
    process.once("uncaughtExceptionMonitor", this.#restore);
    for (const signal of Object.keys(SIGNALS)) process.on(signal, this.#onSignal);
    process.stdin.on("end", this.#onGone).on("error", this.#onGone);
    output.on("error", this.#onGone);
    process.stdin.setRawMode(true);
    output.write(ENTER);
  }

  /** A terminal may have no size at first: then it is what most have. */
  get columns(): number {
    return Math.max(8, this.#output.columns || 80);
  }

  /** Rows for what is said. */
  get height(): number {
    return Math.max(1, (this.#output.rows || 24) - 2);
  }

  /** Draws what differs from what stands there, with one write. */
  draw({ rows, status, input, column }: Frame): void {
    if (!this.#isOpen) return;
    const blank = Array.from({ length: this.height - rows.length }, () => "");
    const lines = [...blank, ...rows, status, input];
    const size = `${this.columns}x${this.height}`;
    // Of another size the terminal has moved and cut what stood there.
    const isNew = size !== this.#size;
    const changes = lines.map((line, index) =>
      line === this.#lines[index] && !isNew ? "" : cursorTo(index) + line + CLEAR_TO_END,
    );
    this.#lines = lines;
    this.#size = size;
    const cursor = cursorTo(lines.length - 1, column);
    const text = (isNew ? CLEAR : "") + changes.join("") + cursor;
    this.#output.write(HIDE_CURSOR + text + SHOW_CURSOR);
  }

  [Symbol.dispose](): void {
    this.#giveBack();
    process.off("exit", this.#restore);
    process.off("uncaughtExceptionMonitor", this.#restore);
    for (const signal of Object.keys(SIGNALS)) process.off(signal, this.#onSignal);
    process.stdin.off("end", this.#onGone).off("error", this.#onGone);
    this.#output.off("error", this.#onGone);
  }

  #giveBack(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      process.stdin.setRawMode(false);
      // Not through the stream: the process may be gone before that is written.
      writeSync(STDOUT, LEAVE);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

/** Whether an error says that there is no terminal any more: its window was closed, say. */
function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EIO";
}

function cursorTo(row: number, column: number = 0): string {
  return `\u001b[${row + 1};${column + 1}H`;
}
