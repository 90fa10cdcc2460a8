import type { Finding } from "../finding.ts";
import type { SourceFile } from "../source-file.ts";

const FILE_LINES_MAX = 600;
const FUNCTION_LINES_MAX = 70;
const COLUMNS_MAX = 100;
const FILE_LINES_MEDIAN_MAX = 150;
const FILE_LINES_95TH_MAX = 400;
const FUNCTION_LINES_MEDIAN_MAX = 12;

interface FunctionNode {
  readonly start: number;
  readonly end: number;
  readonly body: { readonly type: string; readonly body?: unknown } | null;
}

/** A function of this file, by its lines. */
interface FunctionSpan {
  readonly line: number;
  readonly lineCount: number;
  readonly isOneSwitch: boolean;
}

/** No file over 600 lines. */
export function fileSize(file: SourceFile): Finding[] {
  if (file.lines.length <= FILE_LINES_MAX) return [];
  const message = `${file.lines.length} lines, over ${FILE_LINES_MAX}: it is two ideas, split it`;
  return [{ path: file.path, line: FILE_LINES_MAX + 1, message }];
}

/** No function over 70 lines, except one whose whole body is a switch: a table is easier whole. */
export function functionSize(file: SourceFile): Finding[] {
  return functionSpans(file)
    .filter((span) => span.lineCount > FUNCTION_LINES_MAX && !span.isOneSwitch)
    .map(({ line, lineCount }) => ({
      path: file.path,
      line,
      message: `A function of ${lineCount} lines, over ${FUNCTION_LINES_MAX}: name its parts`,
    }));
}

/** No line over 100 columns, except one that is only a link in a comment. */
export function lineLength(file: SourceFile): Finding[] {
  const found: Finding[] = [];
  for (const [index, text] of file.lines.entries()) {
    const columns = Array.from(text).length;
    if (columns <= COLUMNS_MAX || /^\s*(\/\/|\*|\/\*\*?) *https?:\S+( *\*\/)?$/.test(text))
      continue;
    const message = `${columns} columns, over ${COLUMNS_MAX}: break the line`;
    found.push({ path: file.path, line: index + 1, message });
  }
  return found;
}

/** Half the files and functions are small, and 95 % of the files fit in the head. */
export function sizeDistribution(files: readonly SourceFile[]): Finding[] {
  const lines = files.map((file) => file.lines.length);
  const functions = files
    .filter((file) => !file.isTest)
    .flatMap((file) => functionSpans(file).map((span) => span.lineCount));
  return [
    ...tooLarge("The median file", quantile(lines, 0.5), FILE_LINES_MEDIAN_MAX),
    ...tooLarge("The 95th percentile of files", quantile(lines, 0.95), FILE_LINES_95TH_MAX),
    ...tooLarge("The median function", quantile(functions, 0.5), FUNCTION_LINES_MEDIAN_MAX),
  ];
}

/** Every function of the file but the callbacks of `describe`, which are chapters. */
function functionSpans(file: SourceFile): FunctionSpan[] {
  const found: FunctionSpan[] = [];
  const chapters = new Set<number>();
  const add = (node: FunctionNode): void => {
    if (node.body === null || chapters.has(node.start)) return;
    const line = file.lineAt(node.start);
    const lineCount = file.lineAt(node.end - 1) - line + 1;
    found.push({ line, lineCount, isOneSwitch: isOneSwitch(node.body) });
  };
  file.visit({
    CallExpression: (node) => {
      if (!/^describe\b/.test(file.textOf(node.callee))) return;
      for (const argument of node.arguments) chapters.add(argument.start);
    },
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  });
  return found;
}

function isOneSwitch(body: { readonly type: string; readonly body?: unknown }): boolean {
  if (body.type !== "BlockStatement" || !Array.isArray(body.body)) return false;
  const statements: { type: string }[] = body.body;
  return statements.length === 1 && statements[0]?.type === "SwitchStatement";
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function tooLarge(what: string, lineCount: number, lineCountMax: number): Finding[] {
  if (lineCount <= lineCountMax) return [];
  const message = `${what} has ${lineCount} lines, over ${lineCountMax}: split the largest`;
  return [{ path: ".", line: 1, message }];
}
