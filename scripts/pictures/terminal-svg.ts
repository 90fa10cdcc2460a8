import { escapeText, svgOf } from "./svg.ts";

const CELL_WIDTH = 7.2;
const LINE_HEIGHT = 16;
const MARGIN = 12;
const STYLES: Readonly<Record<string, string>> = {
  "1": 'fill="#ffffff" font-weight="bold"',
  "2": 'fill="#8b949e"',
  "7": 'fill="#0d1117"',
  "0": 'fill="#c9d1d9"',
};

/** Draws one screen of a terminal: lines with the styles bold, dim and inverse. */
export function terminalSvg(lines: readonly string[], columns: number): string {
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const body = lines.map((line, row) => drawLine(line, MARGIN + row * LINE_HEIGHT, columns));
  return svgOf(width, height, "#0d1117", body.join("\n"));
}

function drawLine(line: string, top: number, columns: number): string {
  const [start = "", ...rest] = line.split("\u001b[");
  const parts = [`0m${start}`, ...rest].map((part) => {
    const end = part.indexOf("m");
    return { style: part.slice(0, end), text: part.slice(end + 1) };
  });
  const drawn: string[] = [];
  let column = 0;
  for (const { style, text } of parts) {
    if (text === "") continue;
    const x = MARGIN + column * CELL_WIDTH;
    if (style === "7") {
      const width = columns * CELL_WIDTH;
      drawn.push(
        `<rect x="${x}" y="${top}" width="${width}" height="${LINE_HEIGHT}" fill="#c9d1d9"/>`,
      );
    }
    const cells = Bun.stringWidth(text);
    const place = `x="${x.toFixed(1)}" y="${top + 12}" xml:space="preserve"`;
    const length = `textLength="${(cells * CELL_WIDTH).toFixed(1)}" lengthAdjust="spacing"`;
    const look = STYLES[style] ?? "";
    drawn.push(`<text ${place} ${look} ${length}>${escapeText(text)}</text>`);
    column += cells;
  }
  return drawn.join("\n");
}
