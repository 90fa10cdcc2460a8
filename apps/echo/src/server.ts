import { TaskScope } from "@bascule/core";
import type { StreamSocket, TcpListener, UnixListener } from "@bascule/net";
import { peerIsGone, quiet } from "@bascule/support";

/** What {@link run} needs. The caller keeps the listener and closes it. */
export interface EchoOptions {
  readonly listener: TcpListener | UnixListener;
  /** Its abort stops the server. */
  readonly shutdown: AbortSignal;
}

const READ = { max: 4096 };
/** How long a client that does not take its bytes holds up the end of its connection. */
const LINGER_MS = 1000;

/**
 * Sends back what clients send, until `shutdown`: then it stops accepting, sends back what is under
 * way, and returns when every connection is closed.
 *
 * Pattern: structured concurrency. Connections are children of a scope, so none outlives `run`.
 */
export async function run({ listener, shutdown }: EchoOptions): Promise<void> {
  await using connections = new TaskScope({ name: "echo connections" });
  const served = { bytes: 0 };
  try {
    for (;;) {
      const stream = await listener.accept({ signal: shutdown });
      connections.spawn(() => serve(stream, served), { name: "connection" });
    }
  } catch (error) {
    if (!shutdown.aborted) throw error;
  }
  await listener.close();
  await quiet(() => served.bytes);
  connections.cancel();
}

async function serve(stream: StreamSocket, served: { bytes: number }): Promise<void> {
  try {
    await using _closing = { [Symbol.asyncDispose]: () => stream.close({ lingerMs: LINGER_MS }) };
    await echo(stream, served);
  } catch (error) {
    if (!peerIsGone(error)) throw error;
  }
}

/**
 * Pattern: one task per connection, written as if it were alone. `write` waits while the client
 * does not read, and then nothing more is read from it either: backpressure, both ways.
 */
async function echo(stream: StreamSocket, served: { bytes: number }): Promise<void> {
  for (;;) {
    const chunk = await stream.read(READ);
    if (chunk === null) return;
    await stream.write(chunk);
    served.bytes += chunk.byteLength;
  }
}
