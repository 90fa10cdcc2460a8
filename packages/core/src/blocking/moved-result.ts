const movedBuffers: WeakMap<object, readonly ArrayBuffer[]> = new WeakMap();

/**
 * For the function that `spawnBlocking` runs: moves buffers with its result to the caller instead
 * of copying them. Buffers that came by transfer go back by themselves.
 *
 * @param value the result, which holds the buffers, or a view of one
 * @param buffers default: the buffer of `value`, when it is a view or a buffer itself
 * @returns `value`
 * @throws TypeError when no buffer is named and `value` is neither a buffer nor a view
 * @example
 * ```ts
 * import { movedResult } from "@bascule/core";
 * export function noise(byteLength: number): Uint8Array {
 *   return movedResult(crypto.getRandomValues(new Uint8Array(byteLength)));
 * }
 * if (noise(8).byteLength !== 8) throw new Error("not moved");
 * ```
 */
export function movedResult<T extends object>(value: T, buffers?: readonly ArrayBuffer[]): T {
  movedBuffers.set(value, buffers ?? [bufferOf(value)]);
  return value;
}

/** What {@link movedResult} was told of a result. */
export function buffersToMove(value: unknown): readonly ArrayBuffer[] {
  return (typeof value === "object" && value !== null && movedBuffers.get(value)) || [];
}

function bufferOf(value: object): ArrayBuffer {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  if (buffer instanceof ArrayBuffer) return buffer;
  throw new TypeError(
    "Cannot move the result: name its buffers, or pass a buffer or a view of one",
  );
}
