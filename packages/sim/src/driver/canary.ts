/** What memory holds that is nobody's: a read of it is seen, and a write to it is found out. */
const POISON = 0xdb;

let poison: Uint8Array = new Uint8Array(0);

/** Memory was given back. */
export function poisonBytes(bytes: Uint8Array): void {
  bytes.fill(POISON);
}

/**
 * Memory is about to be used again: nobody may have written to it meanwhile.
 * @returns the offset of the first byte that somebody has, or -1
 */
export function findDamage(bytes: Uint8Array): number {
  const { byteLength } = bytes;
  if (poison.byteLength < byteLength) poison = new Uint8Array(byteLength).fill(POISON);
  const expected = poison.subarray(0, byteLength);
  if (Buffer.compare(bytes, expected) === 0) return -1;
  return bytes.findIndex((byte) => byte !== POISON);
}
