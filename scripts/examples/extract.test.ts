import { expect, test } from "bun:test";
import { documentationOf, extractExamples } from "./extract.ts";

const FENCE = "`".repeat(3);

function blockOf(info: string, code: string): string {
  return `${FENCE}${info}\n${code}\n${FENCE}\n`;
}

test("a ts block is found with its line", () => {
  const markdown = `# Title\n\n${blockOf("ts", "const a = 1;\nuse(a);")}`;
  expect(extractExamples(markdown)).toEqual([
    { line: 4, code: "const a = 1;\nuse(a);\n", isRun: true },
  ]);
});

test("a no-run block is compiled only", () => {
  expect(extractExamples(blockOf("ts no-run", "serve();"))).toMatchObject([{ isRun: false }]);
});

test("other languages and unnamed blocks are passed over", () => {
  const markdown = blockOf("sh", "ts") + blockOf("", "a") + blockOf("tsx", "b");
  expect(extractExamples(markdown)).toEqual([]);
});

test("a ts block inside a longer fence is text", () => {
  const inner = blockOf("ts", "a();");
  expect(
    extractExamples(`${FENCE}\`md\n${inner}${FENCE}\`\n${blockOf("ts", "b();")}`),
  ).toMatchObject([{ code: "b();\n" }]);
});

test("an indented block in a list loses its margin", () => {
  const markdown = `- item\n\n  ${FENCE}ts\n  if (a) {\n    b();\n  }\n  ${FENCE}\n`;
  expect(extractExamples(markdown)).toMatchObject([{ code: "if (a) {\n  b();\n}\n" }]);
});

test("the examples of documentation comments keep their lines and indents", () => {
  const example = ` * ${FENCE}ts\n * if (a) {\n *   b();\n * }\n * ${FENCE}\n */`;
  const source = `const text = "*";\n/**\n * Says.\n${example}\nexport const a = 1;\n`;
  expect(extractExamples(documentationOf(source))).toEqual([
    { line: 5, code: "if (a) {\n  b();\n}\n", isRun: true },
  ]);
});

test("code outside comments is no documentation", () => {
  expect(documentationOf("/** One. */\nconst a = 1 * 2;\n/* Not this. */").trim()).toBe("One. */");
});
