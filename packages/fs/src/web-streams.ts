import type { File } from "./file.ts";
import type { ReadAhead } from "./read-ahead.ts";

const READ_BYTES = 64 * 1024;

/** As the standard has it, and Bun; its types leave the signal out. */
type AbortableController = WritableStreamDefaultController & { readonly signal: AbortSignal };

/**
 * A stream that reads on demand: nothing is taken from the file before somebody asks. A cancel
 * aborts the read under way, and waits until the file has its bytes back.
 * @param onEnd told which stream gives nothing any more, maybe more than once, and maybe after
 *   another has taken its place
 */
export function readableOf(
  source: ReadAhead,
  onEnd: (ended: ReadableStream<Uint8Array>) => void,
): ReadableStream<Uint8Array> {
  const canceller = new AbortController();
  const { signal } = canceller;
  let reading: Promise<void> | null = null;
  const read = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const bytes = await source.read(READ_BYTES, { signal });
      // Whoever asked may have gone: what a stream keeps is lost to all other readers of the file.
      if (signal.aborted || !stream.locked) source.giveBack(bytes);
      else if (bytes.byteLength > 0) controller.enqueue(bytes);
      else {
        onEnd(stream);
        controller.close();
      }
    } catch (error) {
      onEnd(stream);
      throw error;
    }
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => (reading = read(controller)),
      async cancel(reason: unknown) {
        onEnd(stream);
        canceller.abort(reason);
        await Promise.allSettled([reading]);
      },
    },
    { highWaterMark: 0 },
  );
  return stream;
}

/**
 * A stream whose `write` waits as the file's does. An abort ends the write under way; what has gone
 * out by then has gone out.
 * @param onEnd told which stream takes nothing any more, as of {@link readableOf}
 */
export function writableOf(
  file: File,
  onEnd: (ended: WritableStream<Uint8Array>) => void,
): WritableStream<Uint8Array> {
  const stream: WritableStream<Uint8Array> = new WritableStream<Uint8Array>({
    async write(bytes, controller) {
      const { signal } = controller as AbortableController;
      try {
        await file.write(bytes, { signal });
      } catch (error) {
        onEnd(stream);
        throw error;
      }
    },
    close: () => onEnd(stream),
    abort: () => onEnd(stream),
  });
  return stream;
}
