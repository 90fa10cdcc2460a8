import { LineTooLongError, type TcpStream } from "@bascule/net";
import { clean } from "../protocol/clean.ts";

/** Longer than a chat server sends: `/who` in a full room. */
const LINE_BYTES_MAX = 1024 * 1024;

/** What the server sends, line by line, with nothing in it that would draw on the terminal. */
export async function* serverLines(stream: TcpStream): AsyncGenerator<string, void> {
  const lines = stream.lines({ maxBytes: LINE_BYTES_MAX });
  for (;;) {
    try {
      const line = await lines.next();
      if (line === null) return;
      yield clean(line);
    } catch (error) {
      if (!(error instanceof LineTooLongError)) throw error;
      yield `(a line of more than ${LINE_BYTES_MAX} bytes was left out)`;
    }
  }
}
