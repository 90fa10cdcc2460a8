import { dirname, normalize } from "node:path/posix";
import type { Finding } from "../finding.ts";
import type { SourceFile } from "../source-file.ts";

/** Stands for every export of a file: it was imported as a whole. */
const EVERYTHING = "*";

/**
 * A value that is exported and that no other file imports is dead, or is not for others. What an
 * index exports is for the world, a `default` is for whoever loads the file by its name, and a type
 * may be there for the signature of something that is used.
 */
export function unusedExports(files: readonly SourceFile[]): Finding[] {
  const used = new Set(files.flatMap(usesOf));
  return files.filter(mayBeUnused).flatMap((file) => {
    if (used.has(key(file.path, EVERYTHING))) return [];
    return exportsOf(file)
      .filter(({ name }) => !used.has(key(file.path, name)))
      .map(({ name, line }) => ({
        path: file.path,
        line,
        message: `Nothing imports "${name}": remove it, or its export`,
      }));
  });
}

function mayBeUnused({ path, isTest }: SourceFile): boolean {
  return !isTest && !path.endsWith("/index.ts");
}

function exportsOf(file: SourceFile): { name: string; line: number }[] {
  return file.parsed.module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName: { name }, start, isType }) =>
      name !== null && !isType ? [{ name, line: file.lineAt(start) }] : [],
    ),
  );
}

/** Keys of everything that a file takes from the files beside it. */
function usesOf(file: SourceFile): string[] {
  const { staticImports, staticExports, dynamicImports } = file.parsed.module;
  const imported = staticImports.flatMap(({ moduleRequest, entries }) =>
    entries.map(({ importName: { name } }) => keyOf(file, moduleRequest.value, name)),
  );
  const passedOn = staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, importName: { name } }) =>
      moduleRequest === null ? [] : [keyOf(file, moduleRequest.value, name)],
    ),
  );
  const loaded = dynamicImports.map(({ moduleRequest: { start, end } }) =>
    keyOf(file, file.textOf({ start: start + 1, end: end - 1 }), EVERYTHING),
  );
  return [...imported, ...passedOn, ...loaded];
}

function keyOf(file: SourceFile, specifier: string, name: string | null): string {
  return key(normalize(`${dirname(file.path)}/${specifier}`), name ?? EVERYTHING);
}

function key(path: string, name: string): string {
  return `${path}#${name}`;
}
