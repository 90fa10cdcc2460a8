import { isAnswer } from "../protocol/texts.ts";
import { dim, inColourOf } from "./colours.ts";
import { wrap } from "./wrap.ts";

const LINES_MAX = 10_000;

/** Everything that was said, and which part of it is on the screen. */
export class ScrollBack {
  readonly #lines: string[] = [];
  /** Rows between the last one shown and the end. */
  #offset: number = 0;

  /** Whether later rows are out of sight. */
  get isScrolled(): boolean {
    return this.#offset > 0;
  }

  /** Adds a line; what is on the screen stays there when it has been scrolled back to. */
  add(line: string, columns: number): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_MAX) this.#lines.shift();
    if (this.isScrolled) this.#offset += wrap(line, columns).length;
  }

  /** Scrolls by so many rows, back (positive) or forward. */
  scroll(rows: number, columns: number, height: number): void {
    this.#offset = Math.max(0, this.#offset + rows);
    const { length } = this.#rowsFromEnd(columns, this.#offset + height);
    this.#offset = Math.max(0, Math.min(this.#offset, length - height));
  }

  /** The rows to show, with colours; fewer than `height` when there are no more. */
  rows(columns: number, height: number): string[] {
    const rows = this.#rowsFromEnd(columns, this.#offset + height);
    return rows.slice(Math.max(0, rows.length - this.#offset - height), rows.length - this.#offset);
  }

  /** At least the last `count` rows, if there are so many. */
  #rowsFromEnd(columns: number, count: number): string[] {
    const lines: string[][] = [];
    let rows = 0;
    for (let i = this.#lines.length - 1; i >= 0 && rows < count; i--) {
      const wrapped = paint(this.#lines[i] ?? "", columns);
      lines.push(wrapped);
      rows += wrapped.length;
    }
    return lines.reverse().flat();
  }
}

/** The rows of one line: its name in colour, or all of it dim when nobody says it. */
function paint(line: string, columns: number): string[] {
  const rows = wrap(line, columns);
  const name = isAnswer(line) ? undefined : /^(.{1,64}?): /u.exec(line)?.[1];
  if (name === undefined) return rows.map(dim);
  const [first = "", ...rest] = rows;
  return [inColourOf(name, first.slice(0, name.length)) + first.slice(name.length), ...rest];
}
