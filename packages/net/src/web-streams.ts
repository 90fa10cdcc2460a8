import type { StreamSocket } from "./stream-socket.ts";

/** A stream that reads on demand: nothing is taken from the socket before somebody asks. */
export function readableOf(socket: StreamSocket): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await socket.read();
        if (bytes === null) controller.close();
        else controller.enqueue(bytes);
      },
      cancel: () => socket.close(),
    },
    { highWaterMark: 0 },
  );
}

/** A stream whose `write` waits as the socket's does. */
export function writableOf(socket: StreamSocket): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    write: (bytes) => socket.write(bytes),
    close: () => socket.closeWrite(),
    abort: () => socket.reset(),
  });
}
