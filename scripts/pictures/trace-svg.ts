import { escapeText, svgOf } from "./svg.ts";

/** An event of a trace, as far as it is drawn. */
export interface TraceEvent {
  readonly ph?: string;
  readonly name?: string;
  readonly cat?: string;
  readonly tid?: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

const WIDTH = 1200;
const LABEL_WIDTH = 170;
const ROW_HEIGHT = 22;
const HEAD = 52;
const ROWS_MAX = 14;
const TICKS = 6;
const COLOURS: Readonly<Record<string, string>> = {
  poll: "#2f81f7",
  loop: "#484f58",
  send: "#3fb950",
  recv: "#d29922",
};

/** Draws a stretch of a trace, from `fromMicros` on: a line for each row that has events. */
export function traceSvg(
  events: readonly TraceEvent[],
  title: string,
  fromMicros: number,
  spanMicros: number,
): string {
  const names = new Map(
    events.flatMap(({ name, tid = 0, args }) =>
      name === "thread_name" ? [[tid, String(args?.["name"])]] : [],
    ),
  );
  const slices = events.filter(
    ({ ph, ts = 0, dur = 0 }) =>
      ph === "X" && ts + dur > fromMicros && ts < fromMicros + spanMicros,
  );
  const rows = [...new Set(slices.map(({ tid = 0 }) => tid))]
    .toSorted((left, right) => left - right)
    .slice(0, ROWS_MAX);
  const scale = (WIDTH - LABEL_WIDTH - 20) / spanMicros;
  const x = (micros: number): number => LABEL_WIDTH + (micros - fromMicros) * scale;
  const body = [
    `<text x="12" y="20" fill="#ffffff" font-weight="bold">${escapeText(title)}</text>`,
    ...ticks(fromMicros, spanMicros, x, rows.length),
    ...rows.map((tid, row) => label(names.get(tid) ?? String(tid), row)),
    ...slices.flatMap((event) => slice(event, rows.indexOf(event.tid ?? 0), x, fromMicros)),
  ];
  return svgOf(WIDTH, HEAD + rows.length * ROW_HEIGHT + 10, "#0d1117", body.join("\n"));
}

function ticks(
  fromMicros: number,
  spanMicros: number,
  x: (micros: number) => number,
  rows: number,
): string[] {
  const bottom = HEAD + rows * ROW_HEIGHT;
  return Array.from({ length: TICKS + 1 }, (_, index) => {
    const micros = (spanMicros * index) / TICKS;
    const at = x(fromMicros + micros).toFixed(1);
    return (
      `<line x1="${at}" y1="${HEAD - 8}" x2="${at}" y2="${bottom}" stroke="#30363d"/>` +
      `<text x="${at}" y="${HEAD - 12}" fill="#8b949e" font-size="10" text-anchor="middle">` +
      `${micros.toFixed(0)} µs</text>`
    );
  });
}

function label(name: string, row: number): string {
  const y = HEAD + row * ROW_HEIGHT + 14;
  return `<text x="12" y="${y}" fill="#c9d1d9" font-size="11">${escapeText(name)}</text>`;
}

function slice(
  { args, cat = "", dur = 0, name = "", ts = 0 }: TraceEvent,
  row: number,
  x: (micros: number) => number,
  fromMicros: number,
): string[] {
  if (row < 0) return [];
  const left = Math.max(x(ts), x(fromMicros));
  const right = Math.min(x(ts + dur), WIDTH - 20);
  const width = Math.max(right - left, 0.6);
  const y = HEAD + row * ROW_HEIGHT;
  const colour = COLOURS[name] ?? COLOURS[cat] ?? "#a371f7";
  const shape =
    `<rect x="${left.toFixed(1)}" y="${y + 2}" width="${width.toFixed(1)}" height="16" rx="2" ` +
    `fill="${colour}"/>`;
  const result = args?.["result"] === undefined ? "" : ` ${String(args["result"])}`;
  const text = `${name}${result}`;
  if (width < text.length * 6.4 + 6) return [shape];
  return [
    shape,
    `<text x="${(left + 4).toFixed(1)}" y="${y + 14}" fill="#ffffff" font-size="10.5">` +
      `${escapeText(text)}</text>`,
  ];
}
