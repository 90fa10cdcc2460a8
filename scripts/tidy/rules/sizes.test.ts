import { expect, test } from "bun:test";
import { SourceFile } from "../source-file.ts";
import { fileSize, functionSize, lineLength, sizeDistribution } from "./sizes.ts";

const PATH = "packages/core/src/task.ts";

function sourceOf(text: string, path: string = PATH): SourceFile {
  return new SourceFile(path, text);
}

function linesOf(count: number): string {
  return "const a = 1;\n".repeat(count);
}

test("a file of 600 lines stands, one of 601 does not", () => {
  expect(fileSize(sourceOf(linesOf(600)))).toEqual([]);
  expect(fileSize(sourceOf(linesOf(601)))).toHaveLength(1);
});

test("a function of 70 lines stands, one of 71 is named with its first line", () => {
  expect(functionSize(sourceOf(`function f() {\n${linesOf(68)}}\n`))).toEqual([]);
  const [finding] = functionSize(sourceOf(`\nfunction f() {\n${linesOf(69)}}\n`));
  expect(finding).toMatchObject({ path: PATH, line: 2 });
});

test("methods, getters and arrow functions are measured too", () => {
  expect(functionSize(sourceOf(`class A { m() {\n${linesOf(70)}} }`))).toHaveLength(1);
  expect(functionSize(sourceOf(`class A { get m() {\n${linesOf(70)}} }`))).toHaveLength(1);
  expect(functionSize(sourceOf(`const f = () => {\n${linesOf(70)}};`))).toHaveLength(1);
});

test("a long function that is one switch stands", () => {
  const cases = "case 1: break;\n".repeat(80);
  expect(functionSize(sourceOf(`function f(a) { switch (a) {\n${cases}} }`))).toEqual([]);
  expect(functionSize(sourceOf(`function f(a) { g(); switch (a) {\n${cases}} }`))).toHaveLength(1);
});

test("a describe block is a chapter and not a function", () => {
  expect(functionSize(sourceOf(`describe("x", () => {\n${linesOf(90)}});`))).toEqual([]);
  expect(functionSize(sourceOf(`test("x", () => {\n${linesOf(90)}});`))).toHaveLength(1);
});

test("a line of 100 columns stands, one of 101 does not, and a link may be longer", () => {
  expect(lineLength(sourceOf(`//${"x".repeat(98)}`))).toEqual([]);
  expect(lineLength(sourceOf(`\n//${"x".repeat(99)}`))).toMatchObject([{ line: 2 }]);
  expect(lineLength(sourceOf(`  // https://example.org/${"x".repeat(99)}`))).toEqual([]);
  expect(lineLength(sourceOf(`f("https://example.org/${"x".repeat(99)}")`))).toHaveLength(1);
});

test("columns are characters, not code units", () => {
  expect(lineLength(sourceOf(`//${"\u{1F309}".repeat(98)}`))).toEqual([]);
});

test("the distribution fires when the usual file or function has grown", () => {
  const small = sourceOf(linesOf(100));
  const large = sourceOf(linesOf(500));
  expect(sizeDistribution([small, small, small])).toEqual([]);
  expect(sizeDistribution([small, large, large])).toHaveLength(2);
  expect(sizeDistribution([sourceOf(`function f() {\n${linesOf(20)}}`)])).toHaveLength(1);
});
