import { SKIPPED } from "./command.ts";
import type { Connection, End } from "./connection.ts";
import type { Lane } from "./lane.ts";
import { drain } from "./reading.ts";

/** An end of a connection, with both around it. */
export interface FoundEnd {
  readonly connection: Connection;
  readonly end: End;
  readonly peer: End;
}

/** Whether an end allows what a step is about. */
type Condition = (found: FoundEnd) => boolean | Promise<boolean>;

/** A step about an end of a connection, where that allows it. */
export function at<V extends number[]>(
  condition: Condition,
  run: (found: FoundEnd, ...values: V) => unknown,
): (lane: Lane, slot: number, side: number, ...values: V) => Promise<unknown> {
  return async (lane, slot, side, ...values) => {
    const found = await endAt(lane, slot, side);
    return (await condition(found)) ? await run(found, ...values) : SKIPPED;
  };
}

export async function endAt(lane: Lane, slot: number, side: number): Promise<FoundEnd> {
  const connection = await lane.connectionAt(slot);
  const end = connection.endAt(side);
  return { connection, end, peer: connection.peerOf(end) };
}

export function always(): boolean {
  return true;
}

export function unbroken({ connection }: FoundEnd): boolean {
  return !connection.isBroken;
}

/** It can be read. */
export function readable({ connection, end }: FoundEnd): boolean {
  return connection.isReadable(end);
}

/** It can be written to. */
export function writable({ connection, end }: FoundEnd): boolean {
  return connection.isWritable(end);
}

/** As {@link writable}, and has not said that nothing more comes. */
export function unended(found: FoundEnd): boolean {
  return writable(found) && !found.end.writeEnded;
}

/** As {@link readable}, where everything that was sent has been read, and the end is not near. */
export async function silent(found: FoundEnd): Promise<boolean> {
  const { connection, end, peer } = found;
  if (!readable(found) || peer.writeEnded) return false;
  await drain(connection, end, 0, 1);
  return true;
}

/** As {@link silent}, where the peer can be written to: nothing of its is on the way. */
export async function silentWithWriter(found: FoundEnd): Promise<boolean> {
  return (await silent(found)) && found.connection.isWritable(found.peer);
}
