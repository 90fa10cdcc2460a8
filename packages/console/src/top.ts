import { emitKeypressEvents, type Key } from "node:readline";
import type { ConsoleReport } from "./report.ts";
import { Screen } from "./screen.ts";
import { Viewer } from "./viewer.ts";
import { drawFrame, layOut, type Page, type View } from "./view/frame.ts";
import { SORT_KEYS } from "./view/task-table.ts";

const PAGE_KEYS: Readonly<Record<string, Page>> = {
  t: "tasks",
  o: "operations",
  r: "resources",
  d: "tree",
};
/** Rows that the head of the screen takes, about: what a page key scrolls less than the screen. */
const HEAD_ROWS = 8;
const COLUMNS_OF_PLAIN_TEXT = 200;

/** How `bascule top` was asked for. */
export interface TopSettings {
  readonly path: string;
  readonly everyMs: number;
}

/** One frame as plain text, with the rates of one interval. */
export async function printOnce({ path, everyMs }: TopSettings): Promise<string> {
  using viewer = new Viewer(path);
  const before = await viewer.next();
  await viewer.pause(everyMs);
  const report = await viewer.next();
  const view: View = {
    page: "tasks",
    sort: "busy",
    scrolled: 0,
    isPaused: false,
    columns: COLUMNS_OF_PLAIN_TEXT,
    rows: Number.POSITIVE_INFINITY,
  };
  return `${drawFrame(report, before, view, false).join("\n")}\n`;
}

/** The view on a terminal, until a key or the program's end ends it. */
export class Top implements Disposable {
  readonly #viewer: Viewer;
  readonly #everyMs: number;
  readonly #screen: Screen = new Screen(process.stdout);
  readonly #left: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  #report: ConsoleReport | null = null;
  #before: ConsoleReport | null = null;
  #choice: Pick<View, "page" | "sort" | "scrolled" | "isPaused"> = {
    page: "tasks",
    sort: "busy",
    scrolled: 0,
    isPaused: false,
  };
  readonly #onKey = (_text: string | undefined, key: Key): void => this.#press(key);
  readonly #onResize = (): void => this.#draw();

  constructor({ path, everyMs }: TopSettings) {
    this.#viewer = new Viewer(path);
    this.#everyMs = everyMs;
    emitKeypressEvents(process.stdin);
    process.stdin.on("keypress", this.#onKey);
    process.stdin.resume();
    process.stdout.on("resize", this.#onResize);
  }

  /** @throws (rejects) Error when the program has ended */
  run(): Promise<void> {
    this.#refresh().catch((error: unknown) => this.#left.reject(error));
    return this.#left.promise;
  }

  [Symbol.dispose](): void {
    process.stdin.off("keypress", this.#onKey);
    process.stdin.pause();
    process.stdout.off("resize", this.#onResize);
    this.#viewer[Symbol.dispose]();
    this.#screen[Symbol.dispose]();
  }

  async #refresh(): Promise<void> {
    let isOver = false;
    void this.#left.promise.finally(() => (isOver = true)).catch(() => undefined);
    while (!isOver) {
      if (!this.#choice.isPaused || this.#report === null) {
        const report = await this.#viewer.next();
        this.#before = this.#report;
        this.#report = report;
        this.#draw();
      }
      await Promise.race([this.#viewer.pause(this.#everyMs), this.#left.promise]);
    }
  }

  #press({ ctrl, name, sequence }: Key): void {
    const page = name === undefined ? undefined : PAGE_KEYS[name];
    const { scrolled } = this.#choice;
    const leap = Math.max(this.#screen.rows - HEAD_ROWS, 1);
    if (name === "q" || name === "escape" || (ctrl && name === "c")) this.#left.resolve();
    else if (page !== undefined) this.#choose({ page, scrolled: 0 });
    else if (name === "s") this.#nextSort();
    else if (sequence === " ") this.#choose({ isPaused: !this.#choice.isPaused });
    else if (name === "up") this.#choose({ scrolled: scrolled - 1 });
    else if (name === "down") this.#choose({ scrolled: scrolled + 1 });
    else if (name === "pageup") this.#choose({ scrolled: scrolled - leap });
    else if (name === "pagedown") this.#choose({ scrolled: scrolled + leap });
  }

  #nextSort(): void {
    const at = SORT_KEYS.indexOf(this.#choice.sort);
    this.#choose({ sort: SORT_KEYS[(at + 1) % SORT_KEYS.length] ?? "busy", scrolled: 0 });
  }

  #choose(choice: Partial<Pick<View, "page" | "sort" | "scrolled" | "isPaused">>): void {
    const next = { ...this.#choice, ...choice };
    this.#choice = { ...next, scrolled: Math.max(next.scrolled, 0) };
    this.#draw();
  }

  #draw(): void {
    if (this.#report === null) return;
    const { columns, rows } = this.#screen;
    const view = { ...this.#choice, columns, rows };
    const { lines, scrolled } = layOut(this.#report, this.#before, view, true);
    this.#choice = { ...this.#choice, scrolled };
    this.#screen.draw(lines);
  }
}
