const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Breaks a line into rows of at most so many columns: after a space where there is one, anywhere
 * otherwise. Wide characters take two columns and are never cut.
 */
export function wrap(text: string, columns: number): string[] {
  if (Bun.stringWidth(text) <= columns) return [text];
  const rows: string[] = [];
  let row = "";
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    const segmentWidth = Bun.stringWidth(segment);
    if (width + segmentWidth > columns && row !== "") {
      const [full, rest] = breakRow(row);
      rows.push(full);
      row = rest;
      width = Bun.stringWidth(rest);
    }
    row += segment;
    width += segmentWidth;
  }
  rows.push(row);
  return rows;
}

/** What stays on the row, and the word that moves to the next. */
function breakRow(row: string): [string, string] {
  const space = row.lastIndexOf(" ");
  if (space < row.length / 2) return [row, ""];
  return [row.slice(0, space), row.slice(space + 1)];
}
