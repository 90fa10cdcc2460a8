import { dirname, normalize } from "node:path/posix";
import type { Finding } from "../finding.ts";
import type { SourceFile } from "../source-file.ts";

const PUBLIC = [
  "core",
  "sys",
  "reactor-epoll",
  "proactor-uring",
  "net",
  "fs",
  "sync",
  "sim",
  "console",
];

/** Bun's foreign functions. Put together, so that a search for the name finds who uses them. */
export const FOREIGN_FUNCTIONS: string = ["bun", "ffi"].join(":");

/**
 * What each workspace may import of ours. An app runs unchanged on either driver, so it never names
 * one; the benchmark measures them and may. The conformance suite takes the system call filter that
 * forbids io_uring from `sys`, because nothing else may touch {@link FOREIGN_FUNCTIONS}.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "packages/core": [],
  "packages/sys": [],
  "packages/reactor-epoll": ["core", "sys"],
  "packages/proactor-uring": ["core", "sys"],
  "packages/net": ["core", "sys"],
  "packages/fs": ["core", "sys"],
  "packages/sync": ["core"],
  "packages/sim": ["core"],
  "packages/console": ["core", "sys"],
  "packages/conformance": ["core", "net", "fs", "sys", "sync", "sim", "test-support"],
  "packages/test-support": ["core", "sys"],
  "apps/support": ["core", "net"],
  "apps/echo": ["core", "net", "fs", "sync", "support"],
  "apps/chat": ["core", "net", "fs", "sync", "sim", "support"],
  examples: ["core", "net", "fs", "sync"],
  "apps/bench": [...PUBLIC, "support"],
};

/**
 * Whose tests, and what stands in `test` beside them, may import what tests share. It builds on
 * core and sys, whose own tests therefore do without.
 */
const TESTS_SHARE: ReadonlySet<string> = new Set([
  "packages/reactor-epoll",
  "packages/proactor-uring",
  "packages/net",
  "packages/fs",
]);

/** `@bascule/*` imports follow the table; a package is named whole and a folder keeps to itself. */
export function importTable(file: SourceFile): Finding[] {
  if (file.workspace === null) return [];
  const allowed = allowedIn(file, file.workspace);
  const found: Finding[] = [];
  for (const { specifier, line } of file.requests()) {
    const message =
      allowed === undefined
        ? `${file.workspace} is not in the import table: add it there`
        : complaint(file.path, file.workspace, specifier, allowed);
    if (message !== null) found.push({ path: file.path, line, message });
  }
  return found;
}

/** The foreign function interface has one home. */
export function ffiOnlyInSys(file: SourceFile): Finding[] {
  if (file.path.startsWith("packages/sys/")) return [];
  const found = file
    .requests()
    .filter(({ specifier }) => specifier === FOREIGN_FUNCTIONS)
    .map(({ line }) => ({
      path: file.path,
      line,
      message: `${FOREIGN_FUNCTIONS} outside packages/sys: export a function from there`,
    }));
  file.visit({
    CallExpression: (node) => {
      if (!/(^|\.)ptr$/.test(file.textOf(node.callee))) return;
      const message = "A pointer is taken outside packages/sys: use its addressOf";
      found.push({ path: file.path, line: file.lineAt(node.start), message });
    },
  });
  return found;
}

/** An explicit index names what it exports. */
export function exportStar(file: SourceFile): Finding[] {
  const found: Finding[] = [];
  file.visit({
    ExportAllDeclaration: (node) => {
      const message = "export * hides what is public: name each export";
      found.push({ path: file.path, line: file.lineAt(node.start), message });
    },
  });
  return found;
}

function allowedIn(file: SourceFile, workspace: string): readonly string[] | undefined {
  const allowed = MAY_IMPORT[workspace];
  const isOfTests = file.isTest || file.path.startsWith(`${workspace}/test/`);
  if (allowed === undefined || !isOfTests || !TESTS_SHARE.has(workspace)) return allowed;
  return [...allowed, "test-support"];
}

function complaint(
  path: string,
  workspace: string,
  specifier: string,
  allowed: readonly string[],
): string | null {
  if (specifier.startsWith(".")) return relativeComplaint(path, workspace, specifier);
  const name = /^@bascule\/([^/]+)(\/.*)?$/.exec(specifier);
  if (name === null) return null;
  const [, target = "", inside] = name;
  if (inside !== undefined && inside !== "/package.json") {
    return `"${specifier}" reaches inside a package: import "@bascule/${target}"`;
  }
  if (`packages/${target}` === workspace) return `"${specifier}" is this package: import the file`;
  if (allowed.includes(target)) return null;
  const choice = allowed.length === 0 ? "nothing of ours" : `only ${allowed.join(", ")}`;
  return `${workspace} may import ${choice}, not "${specifier}"`;
}

function relativeComplaint(path: string, workspace: string, specifier: string): string | null {
  const target = normalize(`${dirname(path)}/${specifier}`);
  if (!target.startsWith(`${workspace}/`)) {
    return `"${specifier}" leaves ${workspace}: import the package by its name`;
  }
  if (!/\.(ts|json|wasm)$/.test(target)) return `"${specifier}" needs its extension, "./name.ts"`;
  return null;
}
