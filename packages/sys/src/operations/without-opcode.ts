/** The ring's form of a kind that the ring has no operation for: no driver writes it. */
export function encodeNothing(): never {
  throw new TypeError("Cannot encode an entry: the ring has no such operation");
}
