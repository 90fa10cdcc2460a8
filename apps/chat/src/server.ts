import { JoinSet, sleep, TaskScope } from "@bascule/core";
import type { TcpListener, UnixListener } from "@bascule/net";
import { quiet } from "@bascule/support";
import { Room } from "./room.ts";
import { Session } from "./session.ts";

/** What {@link run} needs. The caller keeps the listener and closes it. */
export interface ChatOptions {
  readonly listener: TcpListener | UnixListener;
  /** Its abort stops the server. */
  readonly shutdown: AbortSignal;
}

/** How long clients have to take their last messages when the server leaves. */
const LEAVING_MS = 1000;

/**
 * Runs a chat room until `shutdown`: then it accepts nobody any more, passes on the lines that were
 * under way, tells everybody, and returns when every connection is closed; in less than two
 * seconds, whatever the clients do.
 *
 * Pattern: structured concurrency. Sessions are children of a scope, which is left when the last
 * has ended; what works in the background is aborted after that.
 */
export async function run({ listener, shutdown }: ChatOptions): Promise<void> {
  const room = new Room();
  const sessions = new Set<Session>();
  await using background = new JoinSet<void>();
  background.spawn(() => room.passOn(), { name: "pass on" });
  await using scope = new TaskScope({ name: "chat sessions" });
  try {
    for (;;) {
      const stream = await listener.accept({ signal: shutdown });
      const session = new Session(stream, room, scope, () => sessions.delete(session));
      sessions.add(session);
    }
  } catch (error) {
    if (!shutdown.aborted) throw error;
  }
  await listener.close();
  await quiet(() => room.statistics.lines);
  room.close();
  for (const session of sessions) session.stop();
  background.spawn(async () => {
    await sleep(LEAVING_MS);
    for (const session of sessions) session.cut();
  });
}
