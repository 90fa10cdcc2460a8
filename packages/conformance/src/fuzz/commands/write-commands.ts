import { spawn } from "@bascule/core";
import type { Connection, End } from "../connection.ts";
import { SKIPPED, writableAt } from "../found-end.ts";
import { abortedAfter, type Lane } from "../lane.ts";
import { must, outcomeOf } from "../outcome.ts";
import { drain, readBy } from "../reading.ts";

/** More than a write takes at once. */
const TOO_MUCH = 600_000;

export async function connect(
  lane: Lane,
  slot: number = 0,
  transport: number = 0,
): Promise<string> {
  const connection = await lane.connect(slot, transport);
  return connection.transport.name;
}

/** One write, in one of the ways there are. */
async function writeBy(
  { stream }: End,
  bytes: Uint8Array<ArrayBuffer>,
  form: number,
  signal?: AbortSignal,
): Promise<void> {
  const cut = bytes.byteLength >> 1;
  const options = signal === undefined ? {} : { signal };
  switch (form % 4) {
    case 0:
      return await stream.write(bytes, options);
    case 1:
      return await stream.write([bytes.subarray(0, cut), bytes.subarray(cut)], options);
    case 2: {
      const { buffer } = await stream.writeFrom(bytes.buffer, options);
      must(buffer.byteLength > 0, "a moved buffer came back empty");
      return;
    }
    default:
      await stream.write(bytes, options);
      await stream.flush(options);
  }
}

export async function write(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  size: number = 1,
  form: number = 0,
): Promise<string> {
  const connection = await lane.connectionAt(slot);
  const end = connection.endAt(side);
  if (end.isClosed || end.writeEnded) {
    return await outcomeOf(() => writeBy(end, new Uint8Array(new ArrayBuffer(size)), form));
  }
  if (!connection.isWritable(end)) return SKIPPED;
  if (!connection.hasRoom(end, size)) {
    const peer = connection.peerOf(end);
    if (!connection.isReadable(peer)) return SKIPPED;
    await drain(connection, peer, form, size);
  }
  return await outcomeOf(() => writeBy(end, end.next(size), form));
}

/** Begins a write that waits until somebody reads. */
export async function push(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  size: number = 1,
  form: number = 0,
): Promise<string> {
  const found = await writableAt(lane, slot, side);
  if (found === null || found.end.writeEnded) return SKIPPED;
  const { end } = found;
  const bytes = end.next(size + 1);
  end.pushed = outcomeOf(() => spawn(() => writeBy(end, bytes, form)));
  return "begun";
}

export async function flush(lane: Lane, slot: number = 0, side: number = 0): Promise<string> {
  const found = await writableAt(lane, slot, side);
  if (found === null) return SKIPPED;
  const outcome = await outcomeOf(() => found.end.stream.flush());
  must(found.end.stream.bytesBuffered === 0, "bytes are left after a flush");
  return outcome;
}

/** A write that nobody reads is aborted: exactly what it says went out arrives. */
export async function abortWrite(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  form: number = 0,
  yields: number = 0,
): Promise<string> {
  const found = await writableAt(lane, slot, side);
  if (found === null || found.end.writeEnded) return SKIPPED;
  const { connection, end, peer } = found;
  if (!connection.isReadable(peer)) return SKIPPED;
  const before = end.sent;
  const counted = end.stream.bytesWritten;
  const bytes = end.next(TOO_MUCH);
  const { signal, aborted } = abortedAfter(yields);
  const outcome = await outcomeOf(() => writeBy(end, bytes, form % 3, signal));
  await aborted;
  must(/^(done|rejected with fuzz)$/.test(outcome), `an aborted write: ${outcome}`);
  // A moved buffer counts as accepted whole, and what was withdrawn of it does not.
  const accepted = end.stream.bytesWritten - counted;
  if (form % 3 === 2) return await resync(connection, end);
  end.sent = before + accepted;
  await drain(connection, peer, form, TOO_MUCH);
  return "conserved";
}

/** How much of a moved buffer went out shows when the stream ends: a beginning of it, in order. */
async function resync(connection: Connection, end: End): Promise<string> {
  const peer = connection.peerOf(end);
  await end.stream.closeWrite();
  end.writeEnded = true;
  for (let bytes = await peer.stream.read(); bytes !== null; bytes = await peer.stream.read()) {
    peer.take(bytes);
  }
  must(peer.received <= end.sent, "more came than was sent");
  end.sent = peer.received;
  return "a beginning came, in order";
}

/** Both ends send and receive a lot at once. */
export async function bulk(
  lane: Lane,
  slot: number = 0,
  first: number = 1,
  second: number = 1,
  form: number = 0,
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

export async function closeWrite(lane: Lane, slot: number = 0, side: number = 0): Promise<string> {
  const connection = await lane.connectionAt(slot);
  if (connection.isBroken) return SKIPPED;
  const end = connection.endAt(side);
  // Against a peer that has closed, what it says depends on whether its answer has come.
  if (end.pushed !== null || (connection.peerOf(end).isClosed && !end.isClosed)) return SKIPPED;
  const outcome = await outcomeOf(() => end.stream.closeWrite());
  if (outcome === "done") end.writeEnded = true;
  return outcome;
}

/** Closes an end, perhaps while reads wait there; all of what it wrote still arrives. */
export async function close(
  lane: Lane,
  slot: number = 0,
  side: number = 0,
  reads: number = 1,
  form: number = 0,
): Promise<string> {
  const connection = await lane.connectionAt(slot);
  const end = connection.endAt(side);
  const peer = connection.peerOf(end);
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
export async function reset(lane: Lane, slot: number = 0, side: number = 0): Promise<string> {
  const connection = await lane.connectionAt(slot);
  const end = connection.endAt(side);
  const peer = connection.peerOf(end);
  const isSilent = connection.available(peer) === 0 && connection.available(end) === 0;
  const isWatched =
    isSilent && connection.isReadable(peer) && !end.writeEnded && peer.pushed === null;
  connection.isBroken = true;
  const reading = isWatched ? outcomeOf(() => peer.stream.read()) : null;
  await end.stream.reset();
  end.isClosed = true;
  return (await reading) ?? "reset";
}
