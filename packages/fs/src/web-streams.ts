import type { File } from "./file.ts";
import type { ReadAhead } from "./read-ahead.ts";

const READ_BYTES = 64 * 1024;

/** As the standard has it, and Bun; its types leave the signal out. */
type AbortableController = WritableStreamDefaultController & { readonly signal: AbortSignal };

/**
 * A stream that reads on demand: nothing is taken from the file before somebody asks. A cancel
 * aborts the read under way, and waits until the file has its bytes back.
 * @param onEnd told when the stream gives nothing any more
 */
export function readableOf(source: ReadAhead, onEnd: () => void): ReadableStream<Uint8Array> {
  const canceller = new AbortController();
  const { signal } = canceller;
  let reading: Promise<void> | null = null;
  const read = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const bytes = await source.read(READ_BYTES, { signal });
      if (signal.aborted) source.giveBack(bytes);
      else if (bytes.byteLength > 0) controller.enqueue(bytes);
      else {
        onEnd();
        controller.close();
      }
    } catch (error) {
      onEnd();
      throw error;
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => (reading = read(controller)),
      async cancel(reason: unknown) {
        onEnd();
        canceller.abort(reason);
        await Promise.allSettled([reading]);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * A stream whose `write` waits as the file's does. An abort ends the write under way; what has gone
 * out by then has gone out.
 * @param onEnd told when the stream takes nothing any more
 */
export function writableOf(file: File, onEnd: () => void): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    async write(bytes, controller) {
      const { signal } = controller as AbortableController;
      try {
        await file.write(bytes, { signal });
      } catch (error) {
        onEnd();
        throw error;
      }
    },
    close: onEnd,
    abort: onEnd,
  });
}
