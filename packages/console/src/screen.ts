import { writeSync } from "node:fs";
import type { WriteStream } from "node:tty";

const STDOUT = 1;
const ENTER = "\u001b[?1049h\u001b[?7l\u001b[?25l";
const LEAVE = "\u001b[?7h\u001b[?1049l\u001b[?25h\u001b[0m";
const HOME = "\u001b[H";
const CLEAR_TO_END = "\u001b[K";
/** Of a terminal that does not know its size. */
const COLUMNS = 80;
const ROWS = 24;
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 };

/**
 * The terminal while the view has it: raw keys and the alternate screen. It is given back as it
 * was at the end, however that comes: disposing, an exit, a crash, a signal.
 */
export class Screen implements Disposable {
  readonly #output: WriteStream;
  #isOpen: boolean = true;
  readonly #restore = (): void => this.#giveBack();
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#giveBack();
    process.exit(SIGNALS[signal as keyof typeof SIGNALS]);
  };

  constructor(output: WriteStream) {
    this.#output = output;
    process.once("exit", this.#restore);
    process.once("uncaughtExceptionMonitor", this.#restore);
    for (const signal of Object.keys(SIGNALS)) process.on(signal, this.#onSignal);
    process.stdin.setRawMode(true);
    output.write(ENTER);
  }

  get columns(): number {
    return this.#output.columns || COLUMNS;
  }

  get rows(): number {
    return this.#output.rows || ROWS;
  }

  /** Draws all of it with one write. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    this.#output.write(HOME + lines.map((line) => line + CLEAR_TO_END).join("\r\n"));
  }

  [Symbol.dispose](): void {
    this.#giveBack();
    process.off("exit", this.#restore);
    process.off("uncaughtExceptionMonitor", this.#restore);
    for (const signal of Object.keys(SIGNALS)) process.off(signal, this.#onSignal);
  }

  #giveBack(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.stdin.setRawMode(false);
    // Not through the stream: the process may be gone before that is written.
    writeSync(STDOUT, LEAVE);
  }
}
