import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../workspaces.ts";
import { applyFault, type Fault } from "./fault.ts";
import { FAULTS } from "./faults/all.ts";
import { SUITES } from "./suites.ts";

const FAULT: Fault = {
  name: "a step is left out",
  file: "steps.ts",
  find: "first(); second();",
  replace: "second();",
  suites: ["core"],
};

test("every fault still finds the code that it breaks", () => {
  const broken = FAULTS.flatMap((fault) => {
    try {
      applyFault(fault, readFileSync(join(ROOT, fault.file), "utf8"));
      return [];
    } catch (error) {
      return [String(error)];
    }
  });
  expect(broken).toEqual([]);
});

test("every fault leaves a file that can be parsed", () => {
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  for (const fault of FAULTS) {
    const changed = applyFault(fault, readFileSync(join(ROOT, fault.file), "utf8"));
    expect(() => transpiler.transformSync(changed), fault.name).not.toThrow();
  }
});

test("every fault has a name of its own in its file, and enough of them are there", () => {
  const names = FAULTS.map(({ name, file }) => `${file}: ${name}`);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(40);
});

test("every suite names tests that are there", () => {
  const missing = Object.values(SUITES).flatMap((suite) =>
    suite.arguments.filter((path) => !existsSync(join(ROOT, suite.folder, path))),
  );
  expect(missing).toEqual([]);
});

test("white space does not matter to where a fault is applied", () => {
  expect(applyFault(FAULT, "begin();\n  first();\n\n  second();\nend();")).toBe(
    "begin();\n  second();\nend();",
  );
});

test("a fault whose code is gone, or there twice, is refused", () => {
  expect(() => applyFault(FAULT, "first();")).toThrow(
    'Cannot apply fault "a step is left out": its code is not in steps.ts',
  );
  expect(() => applyFault(FAULT, "first(); second(); first(); second();")).toThrow("2 times");
  expect(() => applyFault({ ...FAULT, replace: FAULT.find }, "first(); second();")).toThrow(
    "changes nothing",
  );
});
