import { UsageError } from "@bascule/support";

/**
 * The text of the standard input, piece by piece. What is no UTF-8 is replaced here: the server
 * would take its byte 255 for the beginning of a command of telnet, with what follows.
 * @throws (rejects) UsageError when it cannot be read: it is a folder, say
 */
export async function* inputText(): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  const chunks: AsyncIterable<Uint8Array> = process.stdin;
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot read the input: ${why}`);
  }
  yield decoder.decode();
}
