import type { WaitOptions } from "@bascule/core";
import { checkLength } from "./arguments.ts";
import { LineBuffer } from "./line-buffer.ts";
import type { ReadAhead } from "./read-ahead.ts";

const READ_BYTES = 64 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;

/** Options of `lines`. */
export interface LineOptions extends WaitOptions {
  /** Longest line, without its end; 16 MiB. */
  maxBytes?: number | undefined;
}

/**
 * Reads lines that end in `\n` or `\r\n`, as UTF-8 with U+FFFD for what is not. What comes after
 * the last line end counts as a line, with a `\r` at its end if it has one.
 *
 * However the loop is left, by an abort, a `break` or an error, the file is after the last line
 * that was given, unless somebody else has read or written at its position meanwhile.
 * @throws (rejects) LineTooLongError, and as the file's `read`
 */
export async function* readLines(
  source: ReadAhead,
  options: LineOptions = {},
): AsyncGenerator<string, void, undefined> {
  const { signal } = options;
  const buffer = new LineBuffer(checkLength(options.maxBytes ?? MAX_BYTES, "maxBytes"));
  try {
    for (;;) {
      const bytes = await source.read(READ_BYTES, { signal });
      if (bytes.byteLength === 0) break;
      buffer.add(bytes);
      for (let line = buffer.take(); line !== null; line = buffer.take()) yield line;
    }
    const rest = buffer.takeRest();
    if (rest !== null) yield rest;
  } finally {
    source.giveBack(buffer.untaken());
  }
}
