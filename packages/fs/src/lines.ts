import type { WaitOptions } from "@bascule/core";
import { checkLength } from "./arguments.ts";
import { LineTooLongError } from "./errors.ts";
import type { File } from "./file.ts";

const READ_BYTES = 64 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;

/** Options of `lines`. */
export interface LineOptions extends WaitOptions {
  /** Longest line, without its end; 16 MiB. */
  maxBytes?: number | undefined;
}

/**
 * Reads lines that end in `\n` or `\r\n`, as UTF-8 with U+FFFD for what is not. What comes after
 * the last line end counts as a line.
 * @throws (rejects) LineTooLongError, and as the file's `read`
 */
export async function* readLines(
  file: File,
  options: LineOptions = {},
): AsyncGenerator<string, void, undefined> {
  const { signal } = options;
  const maxBytes = checkLength(options.maxBytes ?? MAX_BYTES, "maxBytes");
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let rest = "";
  let restBytes = 0;
  for (;;) {
    const bytes = await file.read({ length: READ_BYTES, signal });
    if (bytes.byteLength === 0) break;
    const text = decoder.decode(bytes, { stream: true });
    const lines = text.split("\n");
    const last = lines.length - 1;
    for (let index = 0; index < last; index++) {
      const part = lines[index] ?? "";
      yield lineOf(index === 0 ? rest + part : part, maxBytes);
    }
    if (last === 0) {
      restBytes += bytes.byteLength;
      // A return and a newline may still follow.
      if (restBytes > maxBytes + 2 + READ_BYTES) throw new LineTooLongError(maxBytes);
      rest += lines[0] ?? "";
    } else {
      rest = lines[last] ?? "";
      restBytes = bytes.byteLength - bytes.lastIndexOf(0x0a) - 1;
    }
  }
  rest += decoder.decode();
  if (rest !== "") yield lineOf(rest, maxBytes);
}

function lineOf(text: string, maxBytes: number): string {
  const line = text.endsWith("\r") ? text.slice(0, -1) : text;
  // A character is at most three bytes for each of its units.
  if (line.length * 3 > maxBytes && Buffer.byteLength(line) > maxBytes) {
    throw new LineTooLongError(maxBytes);
  }
  return line;
}
