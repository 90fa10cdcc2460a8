import type { ReceivePool } from "./contract/buffer-pools.ts";

/**
 * Takes a buffer over that is to be lent to the kernel: the caller's handle is detached, and every
 * use of it throws.
 * @param pool the driver's: a lease's buffer is all of it, bytes of other sockets included
 * @throws TypeError when it is no ArrayBuffer, detached, resizable or the pool's; RangeError when
 *   it has 0 bytes; nothing is moved then
 */
export function moveBuffer(
  buffer: ArrayBuffer,
  action: string,
  pool: Pick<ReceivePool, "bytes">,
): ArrayBuffer {
  if (!(buffer instanceof ArrayBuffer)) {
    throw new TypeError(
      `Cannot ${action} "${describe(buffer)}": pass an ArrayBuffer, which is moved`,
    );
  }
  if (buffer.byteLength === 0) {
    if (buffer.detached) {
      throw new TypeError(`Cannot ${action} the buffer: it is detached (it was moved elsewhere)`);
    }
    throw new RangeError(`Cannot ${action} the buffer: it has 0 bytes`);
  }
  if (buffer === pool.bytes.buffer) {
    throw new TypeError(
      `Cannot ${action} the buffer: it is the driver's, which a lease only lends; copy its bytes`,
    );
  }
  if (buffer.resizable) {
    throw new TypeError(`Cannot ${action} the buffer: it is resizable, and could shrink meanwhile`);
  }
  return buffer.transfer();
}

function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value).slice(0, 40);
  return value.constructor?.name ?? "object";
}
