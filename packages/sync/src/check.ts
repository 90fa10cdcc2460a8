/**
 * @throws TypeError when it is no number, RangeError when it is not a whole number of at least 1
 */
export function checkCount(value: number, what: string): void {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot use ${what} "${String(value)}": pass a number`);
  }
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`Cannot use ${what} "${value}": pass a whole number, 1 or more`);
  }
}
