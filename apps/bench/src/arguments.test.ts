import { UsageError } from "@bascule/support";
import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { CELL_GROUPS } from "./fs/fs-settings.ts";
import { MEASUREMENTS, parseArguments } from "./arguments.ts";

test("without a name everything is measured, in five rounds of two seconds", () => {
  expect(parseArguments([])).toEqual({
    measurements: MEASUREMENTS,
    json: false,
    rounds: 5,
    seconds: 2,
    warmUpSeconds: 6,
    quick: false,
    cells: CELL_GROUPS,
    against: null,
    folder: tmpdir(),
  });
});

test("names and options are taken as given", () => {
  const options = parseArguments([
    "chat",
    "echo",
    "--rounds=9",
    "--seconds=0.5",
    "--warmup=9",
    "--json",
  ]);
  expect(options).toMatchObject({
    measurements: ["chat", "echo"],
    json: true,
    rounds: 9,
    seconds: 0.5,
    warmUpSeconds: 9,
  });
});

test("the warm-up is not cut short by short windows", () => {
  expect(parseArguments(["--seconds=0.5"])).toMatchObject({ seconds: 0.5, warmUpSeconds: 6 });
});

test("quick means one short round, unless told otherwise", () => {
  expect(parseArguments(["--quick"])).toMatchObject({ rounds: 1, seconds: 0.3, quick: true });
  expect(parseArguments(["--quick", "--rounds=2"])).toMatchObject({ rounds: 2 });
});

test("the cells of fs can be narrowed, and its files put elsewhere", () => {
  const options = parseArguments(["fs", "--cells", "small,live", "--folder=/var/tmp"]);
  expect(options).toMatchObject({ cells: ["small", "live"], folder: "/var/tmp" });
});

test("asking for help gives no options", () => {
  expect(parseArguments(["echo", "--help"])).toBeNull();
});

test("what is wrong is said in one line", () => {
  const wrong = [
    ["ehco"],
    ["--rounds", "0"],
    ["--rounds", "2.5"],
    ["--rounds", "many"],
    ["--seconds", ""],
    ["--seconds", "-1"],
    ["--warmup", "-1"],
    ["--rounds"],
    ["--unknown"],
    ["fs", "--cells", "random,cold"],
  ];
  for (const argv of wrong) {
    let message = "";
    try {
      parseArguments(argv);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      message = error instanceof Error ? error.message : "";
    }
    expect(message).toMatch(/^[A-Z].+[^.]$/);
    expect(message).not.toContain("\n");
  }
});

test("a value below 0 is a value, and not an option", () => {
  expect(() => parseArguments(["--seconds", "-1"])).toThrow(
    'Cannot use --seconds "-1": pass a number from 0.05 to 600',
  );
});
