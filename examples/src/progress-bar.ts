const WIDTH = 30;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
const STEP = 1024;

/** A bar on a line of its own that is written over: `[#####     ]  50 %  1.5 of 3.0 GiB`. */
export class ProgressBar implements Disposable {
  readonly #output: { write(text: string): unknown };
  readonly #isShown: boolean;
  #last: string = "";

  constructor(output: { write(text: string): unknown }, isShown: boolean) {
    this.#output = output;
    this.#isShown = isShown;
  }

  show(done: number, total: number): void {
    if (!this.#isShown) return;
    const line = lineOf(done, total);
    if (line === this.#last) return;
    this.#last = line;
    this.#output.write(`\r${line}\x1b[K`);
  }

  /** Leaves the bar as it stands, and the cursor below it. */
  [Symbol.dispose](): void {
    if (this.#last !== "") this.#output.write("\n");
  }
}

function lineOf(done: number, total: number): string {
  const share = total === 0 ? 1 : done / total;
  const bar = "#".repeat(Math.floor(share * WIDTH)).padEnd(WIDTH);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${bar}] ${percent} %  ${sizesOf(done, total)}`;
}

/** Both in the unit that suits the larger. */
function sizesOf(done: number, total: number): string {
  let unit = 0;
  while (total / STEP ** unit >= STEP && unit < UNITS.length - 1) unit++;
  const inUnit = (bytes: number): string => (bytes / STEP ** unit).toFixed(unit === 0 ? 0 : 1);
  return `${inUnit(done)} of ${inUnit(total)} ${UNITS[unit]}`;
}
