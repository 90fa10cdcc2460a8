import { spawn } from "@bascule/core";
import { UnexpectedEofError } from "@bascule/net";
import { outcomeOfAborted } from "../aborting.ts";
import { type Command, command, SKIPPED } from "../command.ts";
import { always, at, type FoundEnd, readable, unbroken, unended } from "../found-end.ts";
import type { Lane } from "../lane.ts";
import { bulk, form, side, size, slot, transport, yields } from "../numbers.ts";
import { failureText, outcomeOf } from "../outcome.ts";
import { drain, readBy } from "../reading.ts";
import { writeBy } from "../writing.ts";

/** Reads and writes, each alone or going on beside the steps that follow. */
export const streamCommands: readonly Command[] = [
  command("connect", 1, [slot, transport], connect),
  command("write", 6, [slot, side, size, form], at(always, write)),
  command("drain", 4, [slot, side, form, size], at(always, drainAll)),
  command("readExactly", 3, [slot, side, size, yields], at(readable, readExactly)),
  command("expect", 3, [slot, side, size], at(readable, expectBytes)),
  command("push", 2, [slot, side, bulk, form], at(unended, push)),
  command("join", 3, [slot, side], at(unbroken, join)),
];

async function connect(lane: Lane, slot: number, choice: number): Promise<string> {
  const connection = await lane.connect(slot, choice);
  return connection.transport.name;
}

async function write(found: FoundEnd, size: number, form: number): Promise<string> {
  const { connection, end, peer } = found;
  if (end.isClosed || end.writeEnded) {
    return await outcomeOf(() => writeBy(end, new Uint8Array(new ArrayBuffer(size)), form));
  }
  if (!connection.isWritable(end)) return SKIPPED;
  if (!connection.hasRoom(end, size)) {
    if (!connection.isReadable(peer)) return SKIPPED;
    await drain(connection, peer, form, size);
  }
  return await outcomeOf(() => writeBy(end, end.next(size), form));
}

async function drainAll({ connection, end }: FoundEnd, form: number, max: number): Promise<string> {
  if (end.isClosed) return await outcomeOf(() => readBy(end.stream, form, max));
  if (!connection.isReadable(end)) return SKIPPED;
  return await drain(connection, end, form, max);
}

/** Takes exactly so many bytes, or what there is before the end, or nothing when aborted. */
async function readExactly(found: FoundEnd, size: number, yields: number): Promise<string> {
  const { connection, end, peer } = found;
  if (size <= connection.available(end)) {
    end.take(await end.stream.readExactly(size));
    return `${size} bytes`;
  }
  if (!peer.writeEnded) {
    return await outcomeOfAborted(yields, (signal) => end.stream.readExactly(size, { signal }));
  }
  return await outcomeOf(async () => {
    const error = await end.stream.readExactly(size).catch((reason: unknown) => reason);
    if (!(error instanceof UnexpectedEofError)) throw error;
    end.take(error.received);
    return `the end after ${error.received.byteLength} bytes`;
  });
}

/** Begins a read of exactly so many bytes that later steps satisfy, or do not. */
function expectBytes({ end }: FoundEnd, size: number): string {
  const outcome = spawn(() => end.stream.readExactly(size)).catch(failureText);
  end.expected = { byteLength: size, outcome };
  return "begun";
}

/** Begins a write that waits until somebody reads. */
function push({ end }: FoundEnd, size: number, form: number): string {
  const bytes = end.next(size + 1);
  end.pushed = outcomeOf(() => spawn(() => writeBy(end, bytes, form)));
  return "begun";
}

/** Waits for what goes on beside the steps, if it can end. */
async function join({ connection, end, peer }: FoundEnd): Promise<string> {
  const { expected } = end;
  if (expected !== null) {
    const isEnough = connection.available(end) >= expected.byteLength;
    const isOver = isEnough || peer.writeEnded || end.isClosed;
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
  if (pushed === null || !connection.isReadable(peer)) return SKIPPED;
  const drained = await drain(connection, peer, 0, 1);
  end.pushed = null;
  return `${drained}; ${await pushed}`;
}
