import { Runtime, shield, spawn, yieldNow } from "@bascule/core";
import { yieldTimes } from "../aborting.ts";
import { type Command, command, SKIPPED } from "../command.ts";
import { always, at, type FoundEnd, readable, silent, unbroken, writable } from "../found-end.ts";
import type { Lane } from "../lane.ts";
import { bulk, few, form, side, size, slot, yields } from "../numbers.ts";
import { must, outcomeOf } from "../outcome.ts";
import { drain, readBy } from "../reading.ts";
import { writeBy } from "../writing.ts";

/** Everything at once, and the ways in which a connection, or who waits for it, can end. */
export const endingCommands: readonly Command[] = [
  command("bulk", 2, [slot, bulk, bulk, form], exchange),
  command("flush", 1, [slot, side], at(writable, flush)),
  command("blockOn", 1, [slot, side, size], at(readable, blockOn)),
  command("abortTask", 1, [slot, side, form, yields], at(silent, abortTask)),
  command("closeWrite", 1, [slot, side], at(unbroken, closeWrite)),
  command("close", 1, [slot, side, few, form], at(always, close)),
  command("reset", 1, [slot, side], at(always, reset)),
];

/** Both ends send and receive a lot at once. */
async function exchange(
  lane: Lane,
  slot: number,
  first: number,
  second: number,
  form: number,
): Promise<string> {
  const connection = await lane.connectionAt(slot);
  const isReady = connection.ends.every(
    (end) => connection.isReadable(end) && connection.isWritable(end) && !end.writeEnded,
  );
  if (!isReady) return SKIPPED;
  const [client, server] = connection.ends;
  const work = [
    writeBy(client, client.next(first + 1), form),
    writeBy(server, server.next(second + 1), form >> 1),
    drain(connection, client, form, 50_000),
    drain(connection, server, form >> 1, 50_000),
  ];
  await Promise.all(work);
  return "both ways";
}

async function flush({ end }: FoundEnd): Promise<string> {
  const outcome = await outcomeOf(() => end.stream.flush());
  must(end.stream.bytesBuffered === 0, "bytes are left after a flush");
  return outcome;
}

/** Blocks on a read that can succeed at once. */
function blockOn({ connection, end }: FoundEnd, size: number): string {
  if (connection.available(end) < size) return SKIPPED;
  end.take(Runtime.current().blockOn(() => end.stream.readExactly(size)));
  return `${size} bytes`;
}

/** Aborts a task that waits for bytes and cleans up behind a shield. */
async function abortTask({ end }: FoundEnd, form: number, yields: number): Promise<string> {
  let isBegun = false;
  let hasCleaned = false;
  const task = spawn(async () => {
    isBegun = true;
    try {
      await readBy(end.stream, form, 100);
    } finally {
      await shield(async () => {
        await yieldTimes(yields);
        hasCleaned = true;
      });
    }
  });
  // Whose turn comes first is nobody's promise: a task that is aborted too early never begins.
  if (yields > 0) while (!isBegun) await yieldNow();
  task.abort();
  const outcome = await outcomeOf(() => task);
  must(hasCleaned === isBegun, "an aborted task did not clean up");
  return outcome;
}

async function closeWrite({ end, peer }: FoundEnd): Promise<string> {
  // Against a peer that has closed, what it says depends on whether its answer has come.
  if (end.pushed !== null || (peer.isClosed && !end.isClosed)) return SKIPPED;
  const outcome = await outcomeOf(() => end.stream.closeWrite());
  if (outcome === "done") end.writeEnded = true;
  return outcome;
}

/** Closes an end, perhaps while reads wait there; all of what it wrote still arrives. */
async function close(found: FoundEnd, reads: number, form: number): Promise<string> {
  const { connection, end, peer } = found;
  if (end.pushed !== null) return SKIPPED;
  const isSilent = connection.available(end) === 0 && !peer.writeEnded;
  const waits =
    isSilent && connection.isReadable(end) && !peer.isClosed
      ? Array.from({ length: reads }, () => outcomeOf(() => readBy(end.stream, form, 10)))
      : [];
  // With unread bytes the kernel resets: how much of the rest arrives depends on the moment.
  if (connection.available(end) > 0 || peer.pushed !== null) connection.isBroken = true;
  const wasOpen = !end.isClosed;
  const closing = end.stream.close();
  end.isClosed = true;
  end.writeEnded = true;
  const outcomes = await Promise.all(waits);
  if (connection.isBroken) {
    // Whether a reset comes in time to fail the last write is the moment's business as well.
    await closing.catch((error: unknown) => must(error instanceof Error, "no error"));
    return wasOpen ? "closed" : "closed already";
  }
  return `${outcomes.join(", ")}; ${await outcomeOf(() => closing)}`;
}

/** Resets an end while the other waits for bytes. */
async function reset({ connection, end, peer }: FoundEnd): Promise<string> {
  const isSilent = connection.available(peer) === 0 && connection.available(end) === 0;
  const isWatched =
    isSilent && connection.isReadable(peer) && !end.writeEnded && peer.pushed === null;
  connection.isBroken = true;
  const reading = isWatched ? outcomeOf(() => peer.stream.read()) : null;
  await end.stream.reset();
  end.isClosed = true;
  return (await reading) ?? "reset";
}
