/** What a connection ends with when the other side goes away, or cannot be reached any more. */
const CODES: ReadonlySet<unknown> = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** Whether an error only says that the peer has gone: that happens, and is nobody's fault. */
export function peerIsGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && CODES.has(error.code);
}
