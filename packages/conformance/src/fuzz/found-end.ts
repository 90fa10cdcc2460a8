import type { Connection, End } from "./connection.ts";
import type { Lane } from "./lane.ts";
import { drain } from "./reading.ts";

/** What a step comes to that cannot be taken where the program is. */
export const SKIPPED = "skipped";

/** An end that allows what a step is about. */
export interface FoundEnd {
  readonly connection: Connection;
  readonly end: End;
  readonly peer: End;
}

async function endAt(lane: Lane, slot: number, side: number): Promise<FoundEnd> {
  const connection = await lane.connectionAt(slot);
  const end = connection.endAt(side);
  return { connection, end, peer: connection.peerOf(end) };
}

/** An end that can be read, if the one that is asked for can. */
export async function readableAt(lane: Lane, slot: number, side: number): Promise<FoundEnd | null> {
  const found = await endAt(lane, slot, side);
  return found.connection.isReadable(found.end) ? found : null;
}

/** As {@link readableAt}, where everything that was sent has been read, and the end is not near. */
export async function silentAt(lane: Lane, slot: number, side: number): Promise<FoundEnd | null> {
  const found = await readableAt(lane, slot, side);
  if (found === null || found.peer.writeEnded) return null;
  await drain(found.connection, found.end, 0, 1);
  return found;
}

/** As {@link silentAt}, where the peer can send so many bytes at once. */
export async function silentWithRoomAt(
  lane: Lane,
  slot: number,
  side: number,
  byteLength: number,
): Promise<FoundEnd | null> {
  const found = await silentAt(lane, slot, side);
  if (found === null) return null;
  const { connection, peer } = found;
  return connection.isWritable(peer) && connection.hasRoom(peer, byteLength) ? found : null;
}

/** An end that can be written to, if the one that is asked for can. */
export async function writableAt(lane: Lane, slot: number, side: number): Promise<FoundEnd | null> {
  const found = await endAt(lane, slot, side);
  return found.connection.isWritable(found.end) ? found : null;
}
