import { yieldNow } from "@bascule/core";
import type { AnyStream } from "../support/transports.ts";
import type { Connection, End } from "./connection.ts";
import { must } from "./outcome.ts";

/** Moved buffers are smaller than this. */
const READ_BYTES = 9000;

/** After so many reads of a kind that takes little, those that follow take what there is. */
const SMALL_READS_MAX = 2000;

/** One read, in one of the ways there are. Null at the end of the stream. */
export async function readBy(
  stream: AnyStream,
  form: number,
  max: number,
  signal?: AbortSignal,
): Promise<Uint8Array | null> {
  switch (form % 5) {
    case 0:
      return await stream.read({ signal });
    case 1:
      return await stream.read({ signal, max: Math.max(1, max) });
    case 2: {
      using lease = await stream.lease({ signal });
      if (max % 3 === 0) await yieldNow();
      return lease === null ? null : lease.bytes.slice();
    }
    case 3: {
      const { bytesRead, buffer } = await stream.readInto(
        new ArrayBuffer(1 + (max % READ_BYTES)),
        signal === undefined ? {} : { signal },
      );
      return bytesRead === 0 ? null : new Uint8Array(buffer, 0, bytesRead);
    }
    default:
      return await firstOf(stream);
  }
}

/** The first chunk of a loop that is left at once. Such a loop takes no signal. */
async function firstOf(stream: AnyStream): Promise<Uint8Array | null> {
  for await (const chunk of stream) return chunk;
  return null;
}

/** Whether a way of reading takes a signal. */
export function isAbortable(form: number): boolean {
  return form % 5 !== 4;
}

/**
 * Reads everything that was sent to this end, and the end of the stream when there is one.
 * @returns what every driver must agree on
 */
export async function drain(
  connection: Connection,
  end: End,
  form: number,
  max: number,
): Promise<string> {
  const peer = connection.peerOf(end);
  const before = end.received;
  for (let reads = 0; end.received < peer.sent; reads++) {
    // By the byte a large write would take longer than a program may.
    const bytes = await readBy(end.stream, reads < SMALL_READS_MAX ? form : 0, max);
    must(bytes !== null, `the stream ended ${peer.sent - end.received} bytes early`);
    if (bytes !== null) end.take(bytes);
  }
  const counted = end.stream.bytesRead - end.besides;
  must(counted === end.received, `${counted} bytes are counted, ${end.received} were read`);
  const count = `${end.received - before} bytes`;
  if (!peer.writeEnded) return count;
  must((await readBy(end.stream, form, max)) === null, "more came than was sent");
  return `${count} and the end`;
}
