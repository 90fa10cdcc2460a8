const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const HISTORY_LINES_MAX = 100;

/** The part of a line that fits on the screen, and where the cursor stands in it. */
export interface InputView {
  readonly text: string;
  readonly column: number;
}

/** The line that is being typed. The cursor moves by what looks like one character. */
export class InputLine {
  #before: string[] = [];
  #after: string[] = [];
  readonly #history: string[] = [];
  /** Which line of the history is shown; its length when it is none. */
  #recalled: number = 0;
  /** What was being typed when an earlier line was asked for. */
  #draft: string = "";

  get text(): string {
    return [...this.#before, ...this.#after].join("");
  }

  insert(text: string): void {
    // With what stands before it, because a combining mark joins that.
    this.#before.push(...split((this.#before.pop() ?? "") + text));
  }

  backspace(): void {
    this.#before.pop();
  }

  delete(): void {
    this.#after.shift();
  }

  left(): void {
    const character = this.#before.pop();
    if (character !== undefined) this.#after.unshift(character);
  }

  right(): void {
    const character = this.#after.shift();
    if (character !== undefined) this.#before.push(character);
  }

  toStart(): void {
    this.#after.unshift(...this.#before.splice(0));
  }

  toEnd(): void {
    this.#before.push(...this.#after.splice(0));
  }

  deleteToStart(): void {
    this.#before.length = 0;
  }

  deleteWord(): void {
    this.#before = split(this.#before.join("").replace(/\S*\s*$/u, ""));
  }

  /** The line as it was typed; what follows is a new one. */
  take(): string {
    const { text } = this;
    if (text !== "" && text !== this.#history.at(-1)) this.#history.push(text);
    if (this.#history.length > HISTORY_LINES_MAX) this.#history.shift();
    this.#recalled = this.#history.length;
    this.#set("");
    return text;
  }

  /** Shows an earlier line (-1) or a later one (1), after the last what was being typed. */
  recall(direction: -1 | 1): void {
    const at = this.#recalled + direction;
    if (at < 0 || at > this.#history.length) return;
    if (this.#recalled === this.#history.length) this.#draft = this.text;
    this.#recalled = at;
    this.#set(this.#history[at] ?? this.#draft);
  }

  /** As much as fits into so many columns, with the cursor in it. */
  view(columns: number): InputView {
    let text = "";
    let column = 0;
    for (let i = this.#before.length - 1; i >= 0; i--) {
      const character = this.#before[i] ?? "";
      const width = Bun.stringWidth(character);
      if (column + width >= columns) break;
      text = character + text;
      column += width;
    }
    let used = column;
    for (const character of this.#after) {
      used += Bun.stringWidth(character);
      if (used >= columns) break;
      text += character;
    }
    return { text, column };
  }

  #set(text: string): void {
    this.#before = split(text);
    this.#after = [];
  }
}

function split(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}
