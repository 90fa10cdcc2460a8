import { spawn, timeout, TimeoutError } from "@bascule/core";
import { select } from "@bascule/sync";
import { abortedAfter, outcomeOfAborted, unlessAborted } from "../aborting.ts";
import { type Command, command, SKIPPED } from "../command.ts";
import { at, endAt, type FoundEnd, silent, silentWithWriter, unended } from "../found-end.ts";
import type { Lane } from "../lane.ts";
import { few, form, side, size, slot, yields } from "../numbers.ts";
import { must } from "../outcome.ts";
import { drain, isAbortable, readBy } from "../reading.ts";
import { writeBy } from "../writing.ts";

/** More than a write takes at once. */
const TOO_MUCH = 600_000;

/** Waits that lose, or win, against an abort, a deadline or another wait. */
export const raceCommands: readonly Command[] = [
  command("abortRead", 3, [slot, side, form, yields], at(silent, abortRead)),
  command("raceRead", 4, [slot, side, size, form, yields, few], at(silentWithWriter, raceRead)),
  command("abortWrite", 2, [slot, side, form, yields], at(unended, abortWrite)),
  command("timeoutRead", 1, [slot, side, form], at(silent, timeoutRead)),
  command("selectRead", 2, [slot, side, size, form], selectRead),
  command("lines", 2, [slot, side, few, yields], at(silentWithWriter, lines)),
];

async function abortRead({ end }: FoundEnd, form: number, yields: number): Promise<string> {
  if (!isAbortable(form)) return SKIPPED;
  return await outcomeOfAborted(yields, (signal) => readBy(end.stream, form, 100, signal));
}

/** Reads race with an abort while bytes arrive: each byte comes out once, in order. */
async function raceRead(
  { connection, end, peer }: FoundEnd,
  size: number,
  form: number,
  yields: number,
  count: number,
): Promise<string> {
  if (!isAbortable(form)) return SKIPPED;
  const { signal, aborted } = abortedAfter(yields);
  const read = async (): Promise<void> => {
    const bytes = await readBy(end.stream, form, 1 + (size >> 1), signal);
    must(bytes !== null, "the stream ended early");
    // Taken as they are delivered: the first who asked gets the first bytes.
    if (bytes !== null) end.take(bytes);
  };
  const reads = Array.from({ length: count }, () => unlessAborted(read()));
  await peer.stream.write(peer.next(size));
  await Promise.all([...reads, aborted]);
  await drain(connection, end, form, size);
  return "conserved";
}

/** A write that nobody reads is aborted: exactly what it says went out arrives. */
async function abortWrite(found: FoundEnd, form: number, yields: number): Promise<string> {
  const { connection, end, peer } = found;
  if (!connection.isReadable(peer)) return SKIPPED;
  const before = end.sent;
  const counted = end.stream.bytesWritten;
  const bytes = end.next(TOO_MUCH);
  const outcome = await outcomeOfAborted(yields, (signal) => writeBy(end, bytes, form % 3, signal));
  must(/^(done|rejected with fuzz)$/.test(outcome), `an aborted write: ${outcome}`);
  // A moved buffer counts as accepted whole, and what was withdrawn of it does not.
  const accepted = end.stream.bytesWritten - counted;
  if (form % 3 === 2) return await resync(found);
  end.sent = before + accepted;
  await drain(connection, peer, form, TOO_MUCH);
  return "conserved";
}

/** How much of a moved buffer went out shows when the stream ends: a beginning of it, in order. */
async function resync({ end, peer }: FoundEnd): Promise<string> {
  await end.stream.closeWrite();
  end.writeEnded = true;
  for (let bytes = await peer.stream.read(); bytes !== null; bytes = await peer.stream.read()) {
    peer.take(bytes);
  }
  must(peer.received <= end.sent, "more came than was sent");
  end.sent = peer.received;
  return "a beginning came, in order";
}

async function timeoutRead({ end }: FoundEnd, form: number): Promise<string> {
  const error = await timeout(1, (signal) =>
    readBy(end.stream, form, 100, isAbortable(form) ? signal : undefined),
  ).catch((reason: unknown) => reason);
  return error instanceof TimeoutError ? "timed out" : String(error);
}

/** Of two reads one can succeed; the other loses nothing. */
async function selectRead(
  lane: Lane,
  slot: number,
  side: number,
  size: number,
  form: number,
): Promise<string> {
  const loud = await endAt(lane, slot, side);
  const canSpeak = await silentWithWriter(loud);
  const quiet = await endAt(lane, slot + 1, side);
  const canListen = await silent(quiet);
  if (!canSpeak || !canListen) return SKIPPED;
  const { connection, end, peer } = loud;
  const writing = spawn(() => peer.stream.write(peer.next(size)));
  const got = await select({
    silent: (signal) => readBy(quiet.end.stream, form % 4, 100, signal),
    loud: () => readBy(end.stream, form % 4, 100),
  });
  await writing;
  if (got.key === "loud" && got.value !== null) end.take(got.value);
  await drain(connection, end, form, size);
  return got.key;
}

/** Lines with an abort in between: none is lost and none comes twice. */
async function lines({ end, peer }: FoundEnd, count: number, yields: number): Promise<string> {
  const before = end.stream.bytesRead;
  const reader = end.stream.lines();
  const { signal, aborted } = abortedAfter(yields);
  const got: string[] = [];
  const first = unlessAborted(reader.next({ signal }).then((line) => void got.push(String(line))));
  const sent = Array.from({ length: count }, (_, index) => `line ${index}, é`);
  await peer.stream.write(sent.map((line) => Buffer.from(`${line}\r\n`)));
  await Promise.all([first, aborted]);
  while (got.length < count) got.push(String(await reader.next()));
  must(got.join() === sent.join(), `lines came as ${got.join()}`);
  end.besides += end.stream.bytesRead - before;
  return `${count} lines`;
}
