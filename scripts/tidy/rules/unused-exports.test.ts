import { expect, test } from "bun:test";
import { SourceFile } from "../source-file.ts";
import { unusedExports } from "./unused-exports.ts";

const CODE = "export const a = 1;\nexport function b(): void {}\nexport interface C {}\n";

function unusedBeside(name: string, text: string, code: string = CODE): (number | string)[] {
  const folder = "packages/core/src";
  const files = [new SourceFile(`${folder}/a.ts`, code), new SourceFile(`${folder}/${name}`, text)];
  return unusedExports(files).map(({ line }) => line);
}

test("an export that nobody imports is found with its line", () => {
  expect(unusedBeside("b.ts", 'import { a } from "./a.ts";')).toEqual([2]);
  expect(unusedBeside("b.ts", 'import { a } from "./c.ts";')).toEqual([1, 2]);
});

test("imports under another name, types and tests count", () => {
  const text = 'import { a as z, b, type C } from "./a.ts";';
  expect(unusedBeside("b.ts", text)).toEqual([]);
  expect(unusedBeside("a.test.ts", text)).toEqual([]);
});

test("what an index passes on is used", () => {
  expect(unusedBeside("index.ts", 'export { a, b as z, type C } from "./a.ts";')).toEqual([]);
});

test("a file that is imported as a whole is used as a whole", () => {
  expect(unusedBeside("b.ts", 'import * as all from "./a.ts";')).toEqual([]);
  expect(unusedBeside("b.ts", 'const all = await import("./a.ts");')).toEqual([]);
});

test("a type may be there for a signature", () => {
  expect(unusedBeside("b.ts", "", "export type A = 1;\nexport interface B {}\n")).toEqual([]);
  expect(unusedBeside("b.ts", "", "type A = 1;\nexport type { A };\n")).toEqual([]);
});

test("an export list and a default are understood", () => {
  const list = "const a = 1;\nexport { a };\nexport default a;\n";
  expect(unusedBeside("b.ts", "", list)).toEqual([2]);
  expect(unusedBeside("b.ts", 'import { a } from "./a.ts";', list)).toEqual([]);
});
