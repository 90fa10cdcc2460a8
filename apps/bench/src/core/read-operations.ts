import { sleep } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
import type { Operation } from "./operation.ts";

const READ_BYTES = 64;
/** Half of what an inbox takes, so that all of it is there before the first read. */
const READS_PER_FILL = 500;

/** Reads of bytes that have arrived already. */
export const READ_OPERATIONS: readonly Operation[] = [
  { name: "await a ready read of 64 bytes", run: readyReads },
];

async function readyReads(count: number): Promise<number> {
  await using listener = await TcpListener.bind({ port: 0 });
  await using sender = await TcpStream.connect({ port: listener.address.port });
  await using receiver = await listener.accept();
  const fill = new Uint8Array(new ArrayBuffer(READ_BYTES * (READS_PER_FILL + 1)));
  let nanos = 0;
  for (let done = 0; done < count; done += READS_PER_FILL) {
    await sender.write(fill);
    // The first read waits for the bytes; the pause lets all of them come.
    await receiver.readExactly(READ_BYTES);
    await sleep(0.2);
    const start = Bun.nanoseconds();
    for (let i = 0; i < READS_PER_FILL; i++) await receiver.read({ max: READ_BYTES });
    nanos += Bun.nanoseconds() - start;
  }
  return nanos;
}
