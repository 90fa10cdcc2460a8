import { LINE_BYTES_MAX } from "../protocol/chat-lines.ts";

const NEWLINE = 0x0a;

/** A line without its end, and the bytes that came together with it. */
export interface FirstLine {
  readonly line: Uint8Array;
  readonly rest: Uint8Array;
}

/**
 * Takes the first line from an input; null when that is empty. One that the server would refuse for
 * its length is not waited for until its end.
 */
export async function firstLine(input: AsyncIterator<Uint8Array>): Promise<FirstLine | null> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await input.next();
    if (done === true)
      return bytes.byteLength === 0 ? null : { line: bytes, rest: Buffer.alloc(0) };
    const searched = bytes.byteLength;
    bytes = Buffer.concat([bytes, value]);
    const end = bytes.indexOf(NEWLINE, searched);
    if (end >= 0) return { line: bytes.subarray(0, end), rest: bytes.subarray(end + 1) };
    if (bytes.byteLength > LINE_BYTES_MAX) return { line: bytes, rest: Buffer.alloc(0) };
  }
}
