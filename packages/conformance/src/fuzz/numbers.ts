import fc from "fast-check";

type Number = fc.Arbitrary<number>;

/** Which connection, or which open file. */
export const slot: Number = fc.nat(1);
/** Which end of a connection. */
export const side: Number = fc.nat(1);
/** In which of the ways there are. */
export const form: Number = fc.nat(7);
/** Turns until an abort. */
export const yields: Number = fc.nat(6);
export const few: Number = fc.integer({ min: 1, max: 3 });
/** Bytes that are written at once. */
export const size: Number = fc.oneof(
  fc.integer({ min: 1, max: 64 }),
  fc.integer({ min: 1, max: 5000 }),
  fc.integer({ min: 1, max: 30_000 }),
);
/** Bytes that make a write wait. */
export const bulk: Number = fc.oneof(fc.nat(100_000), fc.nat(700_000));
/** Which name in the lane's folder. */
export const name: Number = fc.nat(6);
/** A position in a file. */
export const at: Number = fc.oneof(fc.nat(30), fc.nat(10_000));
/** TCP, a Unix path, or an abstract name. */
export const transport: Number = fc.nat(2);
/** TCP or a Unix path. */
export const listenerKind: Number = fc.nat(1);
