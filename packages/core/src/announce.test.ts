import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { FakeDriver } from "../test/fake-driver.ts";
import { liveRuntimes } from "./observe/attach.ts";
import { Runtime } from "./runtime.ts";

const VARIABLE = "BASCULE_LOG";
let before: string | undefined;
beforeAll(() => (before = Bun.env[VARIABLE]));
afterAll(() => {
  if (before === undefined) delete Bun.env[VARIABLE];
  else Bun.env[VARIABLE] = before;
});

test.each([
  ["", ""],
  ["off", ""],
  ["info", "bascule: driver fake (given as an object)\n"],
  ["debug", "bascule: driver fake (given as an object)\n"],
])('BASCULE_LOG "%s" has a new runtime say "%s"', async (level, said) => {
  Bun.env[VARIABLE] = level;
  let text = "";
  const write = spyOn(process.stderr, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    await using _runtime = Runtime.create({ driver: new FakeDriver() });
  } finally {
    write.mockRestore();
  }
  expect(text).toBe(said);
});

test("another BASCULE_LOG is refused before anything is made", () => {
  const besideCount = liveRuntimes().length;
  for (const level of ["loud", "INFO", "1"]) {
    Bun.env[VARIABLE] = level;
    expect(() => Runtime.create({ driver: new FakeDriver() })).toThrow(
      new RangeError(
        `Cannot create a runtime with BASCULE_LOG "${level}": pass "off", "info" or "debug"`,
      ),
    );
  }
  expect(liveRuntimes().length).toBe(besideCount);
});
