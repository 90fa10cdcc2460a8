import { expect, test } from "bun:test";
import type { FileRule } from "../finding.ts";
import { SourceFile } from "../source-file.ts";
import {
  emptyCatch,
  fileNames,
  focusedTests,
  leftoverMarks,
  machinePaths,
  testsAssert,
  topLevelFunctions,
  urlPaths,
} from "./habits.ts";

function linesFound(rule: FileRule, text: string, path: string = "apps/echo/src/a.ts"): number[] {
  return rule(new SourceFile(path, text)).map((finding) => finding.line);
}

test("a left-over mark is found as a word of its own", () => {
  for (const mark of ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]) {
    expect(linesFound(leftoverMarks, `\n// ${mark}: later`)).toEqual([2]);
    expect(linesFound(leftoverMarks, `const MY${mark}S = 1;`)).toEqual([]);
  }
});

test("a focused or hidden test is found, a conditional one is not", () => {
  for (const name of ["only", "skip", "todo"]) {
    expect(linesFound(focusedTests, `test.${name}("x", () => {});`)).toEqual([1]);
    expect(linesFound(focusedTests, `describe.each([1]).${name}("x", () => {});`)).toEqual([1]);
  }
  expect(linesFound(focusedTests, 'test.skipIf(!uring)("x", () => {});')).toEqual([]);
  expect(linesFound(focusedTests, 'queue.skip(1); f("test.on' + 'ly(");')).toEqual([]);
});

test("an error that vanishes is found in a block and in a callback", () => {
  expect(linesFound(emptyCatch, "try { f(); } catch\n{}")).toEqual([1]);
  expect(linesFound(emptyCatch, "try { f(); } catch { /* it is fine */ }")).toEqual([1]);
  expect(linesFound(emptyCatch, "f().catch(() => {});")).toEqual([1]);
  expect(linesFound(emptyCatch, "f().then(g, () => {});")).toEqual([1]);
});

test("an error that is handled is left alone", () => {
  expect(linesFound(emptyCatch, "try { f(); } catch (error) { report(error); }")).toEqual([]);
  expect(linesFound(emptyCatch, "f().catch((error) => report(error));")).toEqual([]);
  expect(linesFound(emptyCatch, "f().then(() => {});")).toEqual([]);
});

test("a top-level function is declared, a nested one may be an arrow", () => {
  expect(linesFound(topLevelFunctions, "const f = () => 1;")).toEqual([1]);
  expect(linesFound(topLevelFunctions, "\nexport const f = function () {};")).toEqual([2]);
  expect(linesFound(topLevelFunctions, "function f() { const g = () => 1; }")).toEqual([]);
  expect(linesFound(topLevelFunctions, "const list = [1].map((n) => n);")).toEqual([]);
});

test("a path of one machine is found, a system path is not", () => {
  expect(linesFound(machinePaths, `read("${"/wo" + "rk"}/main/a");`)).toEqual([1]);
  expect(linesFound(machinePaths, `read("${"/ho" + "me"}/ann/a");`)).toEqual([1]);
  expect(linesFound(machinePaths, 'read("/proc/self/maps");')).toEqual([]);
});

test("the path of a file's URL is found, the URL itself is not", () => {
  expect(linesFound(urlPaths, 'new URL("./a.ts", import.meta' + ".url).pathname;")).toEqual([1]);
  expect(linesFound(urlPaths, 'new Worker(new URL("./a.ts", import.meta.url));')).toEqual([]);
});

test("names are kebab-case", () => {
  expect(linesFound(fileNames, "", "apps/echo/src/echo-server.test.ts")).toEqual([]);
  expect(linesFound(fileNames, "", "apps/echo/src/line.property.test.ts")).toEqual([]);
  expect(linesFound(fileNames, "", "apps/echo/src/line.new.ts")).toEqual([1]);
  expect(linesFound(fileNames, "", "apps/echo/src/echoServer.ts")).toEqual([1]);
  expect(linesFound(fileNames, "", "apps/echo/src/echo_server.ts")).toEqual([1]);
});

test("a test file without an assertion is found", () => {
  const path = "apps/echo/src/a.test.ts";
  expect(linesFound(testsAssert, 'test("x", () => { f(); });', path)).toEqual([1]);
  expect(linesFound(testsAssert, "// expect(1)", path)).toEqual([1]);
  expect(linesFound(testsAssert, 'test("x", () => { expect(f()).toBe(1); });', path)).toEqual([]);
  expect(linesFound(testsAssert, 'test("x", () => { fc.assert(p); });', path)).toEqual([]);
  expect(linesFound(testsAssert, "f();", "apps/echo/src/a.ts")).toEqual([]);
});
