import type { File } from "./file.ts";

const READ_BYTES = 64 * 1024;

/** A stream that reads on demand: nothing is taken from the file before somebody asks. */
export function readableOf(file: File): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await file.read({ length: READ_BYTES });
        if (bytes.byteLength === 0) controller.close();
        else controller.enqueue(bytes);
      },
    },
    { highWaterMark: 0 },
  );
}

/** A stream whose `write` waits as the file's does. */
export function writableOf(file: File): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({ write: (bytes) => file.write(bytes) });
}
