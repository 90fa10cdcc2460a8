import { LINE_BYTES_MAX } from "../protocol/chat-lines.ts";

/** A line without its end, and the text that came together with it. */
export interface FirstLine {
  readonly line: string;
  readonly rest: string;
}

/**
 * Takes the first line from an input; null when that is empty. One that the server would refuse for
 * its length is not waited for until its end.
 */
export async function firstLine(input: AsyncIterator<string>): Promise<FirstLine | null> {
  let text = "";
  for (;;) {
    const { done, value } = await input.next();
    if (done === true) return text === "" ? null : { line: text, rest: "" };
    const searched = text.length;
    text += value;
    const end = text.indexOf("\n", searched);
    if (end >= 0) return { line: text.slice(0, end), rest: text.slice(end + 1) };
    if (text.length > LINE_BYTES_MAX) return { line: text, rest: "" };
  }
}
