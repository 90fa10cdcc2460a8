import type { Finding } from "../finding.ts";
import type { SourceFile } from "../source-file.ts";

/** Written in pieces, or this file would break its own rule. */
const MARKS = new RegExp(
  `\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`,
);

/** Main holds no reminders: an issue does. */
export function leftoverMarks(file: SourceFile): Finding[] {
  return matchingLines(file, MARKS, (mark) => `"${mark}" is left over: do it or open an issue`);
}

/** A focused test hides the others, and a skipped one must print why. */
export function focusedTests(file: SourceFile): Finding[] {
  const found: Finding[] = [];
  file.visit({
    CallExpression: (node) => {
      const callee = file.textOf(node.callee);
      const name = /^(?:test|it|describe)\b.*\.(only|skip|todo)$/.exec(callee)?.[1];
      if (name === undefined) return;
      const message =
        name === "only"
          ? "A focused test hides all others: remove .only"
          : `.${name} hides a test: use skipIf with a condition that is printed`;
      found.push({ path: file.path, line: file.lineAt(node.start), message });
    },
  });
  return found;
}

/** An error is handled or passed on, never dropped. */
export function emptyCatch(file: SourceFile): Finding[] {
  const found: Finding[] = [];
  const message = "The error vanishes: handle it, or let it through";
  file.visit({
    CatchClause: (node) => {
      if (node.body.body.length > 0) return;
      found.push({ path: file.path, line: file.lineAt(node.start), message });
    },
    CallExpression: (node) => {
      const handler = node.arguments.at(-1);
      if (!/\.(catch|then)$/.test(file.textOf(node.callee))) return;
      if (file.textOf(node.callee).endsWith("then") && node.arguments.length < 2) return;
      if (handler?.type !== "ArrowFunctionExpression") return;
      if (handler.body.type !== "BlockStatement" || handler.body.body.length > 0) return;
      found.push({ path: file.path, line: file.lineAt(handler.start), message });
    },
  });
  return found;
}

/** At the top of a file a function is declared as one: it has a name in every stack trace. */
export function topLevelFunctions(file: SourceFile): Finding[] {
  const found: Finding[] = [];
  for (const statement of file.parsed.program.body) {
    const declaration =
      statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declaration?.type !== "VariableDeclaration") continue;
    for (const { init, start } of declaration.declarations) {
      if (init?.type !== "ArrowFunctionExpression" && init?.type !== "FunctionExpression") continue;
      const message = "A function in a variable: declare it with function";
      found.push({ path: file.path, line: file.lineAt(start), message });
    }
  }
  return found;
}

/** A path of somebody's own machine works nowhere else. */
export function machinePaths(file: SourceFile): Finding[] {
  return matchingLines(
    file,
    /(?<=["'`\s(])\/(work|home\/\w+|root|Users\/\w+)\//,
    (path) => `"${path}" is a path of one machine: derive it from import.meta.dir`,
  );
}

/** The path of a URL has %20 for a space: a checkout in such a folder would not find its files. */
export function urlPaths(file: SourceFile): Finding[] {
  const message = "A URL's path is encoded: use fileURLToPath, or join(import.meta.dir, …)";
  return matchingLines(file, /\bimport\.meta\.url\)\.pathname\b/, () => message);
}

/** kebab-case, and `.test.ts` or `.property.test.ts` beside the code. */
export function fileNames(file: SourceFile): Finding[] {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  if (/^[a-z0-9]+(-[a-z0-9]+)*((\.property)?\.test|\.d)?\.ts$/.test(name)) return [];
  return [{ path: file.path, line: 1, message: `"${name}" is not kebab-case: rename it` }];
}

/** A test that asserts nothing passes for ever. */
export function testsAssert(file: SourceFile): Finding[] {
  if (!file.isTest) return [];
  let asserts = false;
  file.visit({
    CallExpression: (node) => {
      asserts ||= /^(expect\w*|assert\w*|fc)\b/.test(file.textOf(node.callee));
    },
  });
  if (asserts) return [];
  return [{ path: file.path, line: 1, message: "The tests assert nothing: add an expect" }];
}

function matchingLines(
  file: SourceFile,
  pattern: RegExp,
  describe: (match: string) => string,
): Finding[] {
  return file.lines.flatMap((text, index) => {
    const match = pattern.exec(text);
    return match ? [{ path: file.path, line: index + 1, message: describe(match[0]) }] : [];
  });
}
