import { spawn } from "@bascule/core";
import { SocketClosedError, type TcpStream } from "@bascule/net";
import { peerIsGone } from "@bascule/support";
import { type Ending, endingOf } from "./ending.ts";
import { serverLines } from "./server-lines.ts";

/** What both kinds of client are given. */
export interface ClientOptions {
  readonly stream: TcpStream;
  /** Sent as the first line; the person is asked when it is left out. */
  readonly name: string | undefined;
}

/**
 * The client without a terminal: lines of the input go to the server, lines of the server to the
 * output. At the end of the input the server's answers are waited for.
 */
export async function runPlain({ stream, name }: ClientOptions): Promise<Ending> {
  const sent = { lastLine: "", isAll: false };
  // Waits for input that may never come, so nobody waits for it.
  spawn(async () => await sendInput(stream, name, sent), { name: "input" }).unref();
  let lastLine = "";
  let error: unknown = null;
  try {
    for await (const line of serverLines(stream)) {
      lastLine = line;
      await print(`${line}\n`);
    }
  } catch (failure) {
    if (!peerIsGone(failure)) throw failure;
    error = failure;
  }
  const hasLeft = sent.isAll || sent.lastLine === "/quit";
  return endingOf({ hasLeft, lastLine, error });
}

async function sendInput(
  stream: TcpStream,
  name: string | undefined,
  sent: { lastLine: string; isAll: boolean },
): Promise<void> {
  const decoder = new TextDecoder();
  try {
    if (name !== undefined) await stream.write(`${name}\n`);
    for await (const chunk of process.stdin) {
      const bytes: Uint8Array = chunk;
      await stream.write(bytes);
      sent.lastLine = lastLineOf(sent.lastLine + decoder.decode(bytes, { stream: true }));
    }
    sent.isAll = true;
    await stream.closeWrite();
  } catch (error) {
    // The reading side tells how the connection ended.
    if (!peerIsGone(error) && !(error instanceof SocketClosedError)) throw error;
  }
}

/** The last line that is whole, as a beginning for what follows. */
function lastLineOf(text: string): string {
  return text.trimEnd().split("\n").at(-1)?.trim() ?? "";
}

/** Resolves when the output has taken it, so that a slow reader of the output slows the chat. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
