import { Runtime, shield, spawn, timeout, TimeoutError, yieldNow } from "@bascule/core";
import { UnexpectedEofError } from "@bascule/net";
import { select } from "@bascule/sync";
import { readableAt, silentAt, silentWithRoomAt, SKIPPED } from "../found-end.ts";
import { abortedAfter, type Lane, yieldTimes } from "../lane.ts";
import { failureText, must, outcomeOf } from "../outcome.ts";
import { drain, isAbortable, readBy } from "../reading.ts";

export async function drainAll(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  form: number = 0,
  max: number = 1,
): Promise<string> {
  const connection = await lane.connectionAt(slot);
  const end = connection.endAt(side);
  if (end.isClosed) return await outcomeOf(() => readBy(end.stream, form, max));
  if (!connection.isReadable(end)) return SKIPPED;
  return await drain(connection, end, form, max);
}

/** Takes exactly so many bytes, or what there is before the end, or nothing when aborted. */
export async function readExactly(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  size: number = 1,
  yields: number = 0,
): Promise<string> {
  const found = await readableAt(lane, slot, side);
  if (found === null) return SKIPPED;
  const { connection, end, peer } = found;
  const available = connection.available(end);
  if (size <= available) {
    end.take(await end.stream.readExactly(size));
    return `${size} bytes`;
  }
  if (peer.writeEnded) {
    return await outcomeOf(async () => {
      const error = await end.stream.readExactly(size).catch((reason: unknown) => reason);
      if (!(error instanceof UnexpectedEofError)) throw error;
      end.take(error.received);
      return `the end after ${error.received.byteLength} bytes`;
    });
  }
  const { signal, aborted } = abortedAfter(yields);
  const outcome = await outcomeOf(() => end.stream.readExactly(size, { signal }));
  await aborted;
  return outcome;
}

/** Begins a read of exactly so many bytes that later steps satisfy, or do not. */
export async function expectBytes(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  size: number = 1,
): Promise<string> {
  const found = await readableAt(lane, slot, side);
  if (found === null) return SKIPPED;
  const { end } = found;
  const outcome = spawn(() => end.stream.readExactly(size)).catch(failureText);
  end.expected = { byteLength: size, outcome };
  return "begun";
}

/** Waits for what goes on beside the steps, if it can end. */
export async function join(lane: Lane, slot: number = 0, side: number = 0): Promise<string> {
  const connection = await lane.connectionAt(slot);
  if (connection.isBroken) return SKIPPED;
  const end = connection.endAt(side);
  const { expected } = end;
  if (expected !== null) {
    const isEnough = connection.available(end) >= expected.byteLength;
    const isOver = isEnough || connection.peerOf(end).writeEnded || end.isClosed;
    if (!isOver) return "pending";
    end.expected = null;
    const outcome = await expected.outcome;
    if (typeof outcome !== "string") {
      // Only now, so that it does not depend on the moment what counts as read.
      end.take(outcome);
      return `${outcome.byteLength} bytes`;
    }
    // What the error kept is gone from the stream, and whoever asked has not looked at it.
    connection.isBroken = true;
    return outcome;
  }
  const { pushed } = end;
  const peer = connection.peerOf(end);
  if (pushed === null || !connection.isReadable(peer)) return SKIPPED;
  const drained = await drain(connection, peer, 0, 1);
  end.pushed = null;
  return `${drained}; ${await pushed}`;
}

export async function abortRead(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  form: number = 0,
  yields: number = 0,
): Promise<string> {
  const found = await silentAt(lane, slot, side);
  if (found === null || !isAbortable(form)) return SKIPPED;
  const { signal, aborted } = abortedAfter(yields);
  const outcome = await outcomeOf(() => readBy(found.end.stream, form, 100, signal));
  await aborted;
  return outcome;
}

/** Reads race with an abort while bytes arrive: each byte comes out once, in order. */
export async function raceRead(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  size: number = 1,
  form: number = 0,
  yields: number = 0,
  count: number = 1,
): Promise<string> {
  const found = await silentWithRoomAt(lane, slot, side, size);
  if (found === null || !isAbortable(form)) return SKIPPED;
  const { connection, end, peer } = found;
  const { signal, aborted } = abortedAfter(yields);
  const reads = Array.from({ length: count }, async () => {
    try {
      const bytes = await readBy(end.stream, form, 1 + (size >> 1), signal);
      must(bytes !== null, "the stream ended early");
      // Taken as they are delivered: the first who asked gets the first bytes.
      if (bytes !== null) end.take(bytes);
    } catch (error) {
      must(error === "fuzz", `an aborted read rejects with ${String(error)}`);
    }
  });
  await peer.stream.write(peer.next(size));
  await Promise.all([...reads, aborted]);
  await drain(connection, end, form, size);
  return "conserved";
}

export async function timeoutRead(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  form: number = 0,
): Promise<string> {
  const found = await silentAt(lane, slot, side);
  if (found === null) return SKIPPED;
  const error = await timeout(1, (signal) =>
    readBy(found.end.stream, form, 100, isAbortable(form) ? signal : undefined),
  ).catch((reason: unknown) => reason);
  return error instanceof TimeoutError ? "timed out" : String(error);
}

/** Of two reads one can succeed; the other loses nothing. */
export async function selectRead(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  size: number = 1,
  form: number = 0,
): Promise<string> {
  const loud = await silentWithRoomAt(lane, slot, side, size);
  const silent = await silentAt(lane, slot + 1, side);
  if (loud === null || silent === null) return SKIPPED;
  const { connection, end, peer } = loud;
  const writing = spawn(() => peer.stream.write(peer.next(size)));
  const got = await select({
    silent: (signal) => readBy(silent.end.stream, form % 4, 100, signal),
    loud: () => readBy(end.stream, form % 4, 100),
  });
  await writing;
  if (got.key === "loud" && got.value !== null) end.take(got.value);
  await drain(connection, end, form, size);
  return got.key;
}

/** Lines with an abort in between: none is lost and none comes twice. */
export async function lines(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  count: number = 1,
  yields: number = 0,
): Promise<string> {
  const found = await silentWithRoomAt(lane, slot, side, 0);
  if (found === null) return SKIPPED;
  const { end, peer } = found;
  const before = end.stream.bytesRead;
  const reader = end.stream.lines();
  const { signal, aborted } = abortedAfter(yields);
  const got: string[] = [];
  const first = reader.next({ signal }).then(
    (line) => got.push(String(line)),
    (error: unknown) => must(error === "fuzz", `an aborted read rejects with ${String(error)}`),
  );
  const sent = Array.from({ length: count }, (_, index) => `line ${index}, é`);
  await peer.stream.write(sent.map((line) => Buffer.from(`${line}\r\n`)));
  await Promise.all([first, aborted]);
  while (got.length < count) got.push(String(await reader.next()));
  must(got.join() === sent.join(), `lines came as ${got.join()}`);
  end.besides += end.stream.bytesRead - before;
  return `${count} lines`;
}

/** Blocks on a read that can succeed at once. */
export async function blockOn(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  size: number = 1,
): Promise<string> {
  const found = await readableAt(lane, slot, side);
  if (found === null || found.connection.available(found.end) < size) return SKIPPED;
  const { end } = found;
  end.take(Runtime.current().blockOn(() => end.stream.readExactly(size)));
  return `${size} bytes`;
}

/** Aborts a task that waits for bytes and cleans up behind a shield. */
export async function abortTask(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  form: number = 0,
  yields: number = 0,
): Promise<string> {
  const found = await silentAt(lane, slot, side);
  if (found === null) return SKIPPED;
  let isBegun = false;
  let hasCleaned = false;
  const task = spawn(async () => {
    isBegun = true;
    try {
      await readBy(found.end.stream, form, 100);
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
