/** Tells whoever catches an error, or the reason of an abort, how many bytes were accepted. */
export function noteBytesWritten(reason: unknown, bytesWritten: number): void {
  if (!(reason instanceof Error) || !Object.isExtensible(reason)) return;
  // The reason is the caller's, and may refuse: whoever aborts has more to abort.
  Reflect.defineProperty(reason, "bytesWritten", {
    value: bytesWritten,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
