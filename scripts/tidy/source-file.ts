import { parseSync, Visitor } from "oxc-parser";
import type { ParseResult, VisitorObject } from "oxc-parser";

/** A module request with the line it stands on. A type-only import is gone at run time. */
export interface ModuleRequest {
  readonly specifier: string;
  readonly line: number;
}

/** One parsed TypeScript file: what the rules look at. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  #parsed: ParseResult | null = null;
  #lineStarts: number[] | null = null;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    this.lines = text.replace(/\n$/, "").split("\n");
  }

  get isTest(): boolean {
    return this.path.endsWith(".test.ts");
  }

  /** `core` for `packages/core/src/task.ts`; null outside of workspaces. */
  get workspace(): string | null {
    return /^(?:(?:packages|apps)\/[^/]+|examples(?=\/))/.exec(this.path)?.[0] ?? null;
  }

  get parsed(): ParseResult {
    this.#parsed ??= parseSync(this.path, this.text);
    return this.#parsed;
  }

  visit(visitor: VisitorObject): void {
    new Visitor(visitor).visit(this.parsed.program);
  }

  /** The 1-based line of an offset. */
  lineAt(offset: number): number {
    this.#lineStarts ??= lineStartsOf(this.text);
    let low = 0;
    let high = this.#lineStarts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Everything this file imports, re-exports, requires or resolves by a literal name. */
  requests(): ModuleRequest[] {
    const found: ModuleRequest[] = [];
    const add = (
      node: { type: string; value?: unknown; start: number } | null | undefined,
    ): void => {
      if (node?.type !== "Literal" || typeof node.value !== "string") return;
      found.push({ specifier: node.value, line: this.lineAt(node.start) });
    };
    this.visit({
      ImportDeclaration: (node) => add(node.source),
      ExportNamedDeclaration: (node) => add(node.source),
      ExportAllDeclaration: (node) => add(node.source),
      ImportExpression: (node) => add(node.source),
      TSImportType: (node) => add(node.source),
      CallExpression: (node) => {
        if (/^(require|import\.meta\.require)(\.resolve)?$/.test(this.textOf(node.callee))) {
          add(node.arguments[0]);
        }
      },
    });
    return found;
  }

  textOf(node: { start: number; end: number }): string {
    return this.text.slice(node.start, node.end);
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
