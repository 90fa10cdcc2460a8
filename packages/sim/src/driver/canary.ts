/** What memory holds that is nobody's: a read of it is seen, and a write to it is found out. */
const POISON = 0xdb;

/** Poisoned memory to compare with, by its length. */
const expected: Map<number, Uint8Array> = new Map();

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
  let poison = expected.get(byteLength);
  if (poison === undefined) {
    poison = new Uint8Array(byteLength).fill(POISON);
    expected.set(byteLength, poison);
  }
  if (Buffer.compare(bytes, poison) === 0) return -1;
  return bytes.findIndex((byte) => byte !== POISON);
}
