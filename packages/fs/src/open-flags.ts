import {
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_SYNC,
  O_TRUNC,
  O_WRONLY,
} from "@bascule/sys";
import { argumentTypeError, argumentValueError, rangeError } from "./errors.ts";

const WRITE_NEW = O_WRONLY | O_CREAT | O_TRUNC;
const UPDATE_NEW = O_RDWR | O_CREAT | O_TRUNC;
const APPEND = O_WRONLY | O_CREAT | O_APPEND;
const APPEND_READ = O_RDWR | O_CREAT | O_APPEND;

const FLAGS: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  sr: O_RDONLY | O_SYNC,
  "r+": O_RDWR,
  "rs+": O_RDWR | O_SYNC,
  "sr+": O_RDWR | O_SYNC,
  w: WRITE_NEW,
  wx: WRITE_NEW | O_EXCL,
  xw: WRITE_NEW | O_EXCL,
  "w+": UPDATE_NEW,
  "wx+": UPDATE_NEW | O_EXCL,
  "xw+": UPDATE_NEW | O_EXCL,
  a: APPEND,
  ax: APPEND | O_EXCL,
  xa: APPEND | O_EXCL,
  as: APPEND | O_SYNC,
  sa: APPEND | O_SYNC,
  "a+": APPEND_READ,
  "ax+": APPEND_READ | O_EXCL,
  "xa+": APPEND_READ | O_EXCL,
  "as+": APPEND_READ | O_SYNC,
  "sa+": APPEND_READ | O_SYNC,
};

/**
 * The flags of open(2) that Node's letters (`"r"`, `"w+"`, `"ax"` …) or a number stand for.
 * @throws TypeError `ERR_INVALID_ARG_VALUE` for letters that Node does not have, RangeError
 *   `ERR_OUT_OF_RANGE` for a number that is no 32-bit integer
 */
export function parseFlags(flags: string | number): number {
  if (typeof flags === "number") {
    if ((flags | 0) !== flags) throw rangeError("flags", flags, "a 32-bit integer");
    return flags;
  }
  const found = Object.hasOwn(FLAGS, flags) ? FLAGS[flags] : undefined;
  if (found === undefined) throw argumentValueError("flags", flags, "is invalid");
  return found;
}

/**
 * The permissions that a number or octal text (`"644"`) stands for.
 * @throws TypeError, RangeError with Node's codes
 */
export function parseMode(mode: number | string, name: string = "mode"): number {
  if (typeof mode === "string") {
    if (!/^[0-7]+$/.test(mode)) {
      const expected = "must be a 32-bit unsigned integer or an octal string";
      throw argumentValueError(name, mode, expected);
    }
    return parseMode(Number.parseInt(mode, 8), name);
  }
  if (typeof mode !== "number") throw argumentTypeError(name, mode, "of type number");
  if (mode >>> 0 !== mode) throw rangeError(name, mode, "a 32-bit unsigned integer");
  return mode;
}
