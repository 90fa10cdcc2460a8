import { expect, test } from "bun:test";
import { getSystemErrorMap } from "node:util";
import { ERRNO_TABLE } from "./errno-table.ts";
import { ECONNREFUSED, EOPNOTSUPP, errnoMessage, errnoName, ETIME } from "./errno.ts";

test("a number has its name and message, whatever its sign", () => {
  expect(errnoName(ECONNREFUSED)).toBe("ECONNREFUSED");
  expect(errnoName(-ECONNREFUSED)).toBe("ECONNREFUSED");
  expect(errnoMessage(-2)).toBe("no such file or directory");
  expect(errnoName(-ETIME)).toBe("ETIME");
});

test("a number that Linux does not have says so", () => {
  expect(errnoName(-4095)).toBe("Unknown system error 4095");
  expect(errnoMessage(41)).toBe("unknown system error 41");
  expect(errnoName(0)).toBe("Unknown system error 0");
});

test("the names and messages are Node's wherever Node has them", () => {
  const ours = new Map(ERRNO_TABLE.map(([number, name, message]) => [-number, [name, message]]));
  let compared = 0;
  for (const [number, [name, message]] of getSystemErrorMap()) {
    if (number < -133) continue;
    expect(ours.get(number)).toEqual([name, message]);
    compared += 1;
  }
  expect(compared).toBeGreaterThan(60);
});

test("the table is complete, in order and free of doubles", () => {
  const numbers = ERRNO_TABLE.map(([number]) => number);
  const expected = Array.from({ length: 133 }, (_, index) => index + 1);
  expect(numbers).toEqual(expected.filter((number) => number !== 41 && number !== 58));
  expect(new Set(ERRNO_TABLE.map(([, name]) => name)).size).toBe(numbers.length);
  expect(errnoName(EOPNOTSUPP)).toBe("ENOTSUP");
});
