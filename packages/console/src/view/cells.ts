/** A whole number in few characters: `950`, `12.3k`, `1.24M`. */
export function formatCount(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)}M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)}k`;
  return String(Math.round(value));
}

/** Milliseconds in few characters: `12 µs`, `3.4 ms`, `5.6 s`, `12:34`, `1:02:03`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return `${(ms * 1000).toFixed(0)} µs`;
  if (ms < 1000) return `${ms.toFixed(1)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  const rest = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** A share as a percentage with one decimal. */
export function formatShare(share: number): string {
  return (Math.min(Math.max(share, 0), 1) * 100).toFixed(1);
}

/** Bytes in few characters: `512 B`, `80.1 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 2 ** 20) return `${(bytes / 1024).toFixed(1)} kB`;
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

/** Text from the program with nothing in it that a terminal would obey. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "·");
}

/** Fits text into so many columns: cut with an ellipsis, or filled up with spaces. */
export function fit(text: string, columns: number, align: "left" | "right" = "left"): string {
  const width = Bun.stringWidth(text);
  if (width <= columns) {
    const blank = " ".repeat(columns - width);
    return align === "left" ? text + blank : blank + text;
  }
  let cut = "";
  let used = 0;
  for (const character of text) {
    const next = Bun.stringWidth(character);
    if (used + next > columns - 1) break;
    cut += character;
    used += next;
  }
  return `${cut}…${" ".repeat(Math.max(columns - 1 - used, 0))}`;
}

/** Shortens a path to so many columns: its end says more than its beginning. */
export function keepEnd(path: string, columns: number): string {
  if (Bun.stringWidth(path) <= columns) return path;
  return reverse(fit(reverse(path), Math.max(columns, 1)));
}

function reverse(text: string): string {
  return Array.from(text).reverse().join("");
}
