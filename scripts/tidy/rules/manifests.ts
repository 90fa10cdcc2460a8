import type { Finding } from "../finding.ts";

/** The parts of a package.json that the rules look at. */
export interface Manifest {
  readonly name?: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly type?: string;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A package needs nothing but ours at run time, always at the version of this checkout. */
export function runtimeDependencies(path: string, manifest: Manifest): Finding[] {
  const found: Finding[] = [];
  const needed = { ...manifest.peerDependencies, ...manifest.dependencies };
  for (const [name, range] of Object.entries(needed)) {
    if (!name.startsWith("@bascule/")) {
      found.push(findingAt(path, `"${name}" is needed at run time: do without it`));
    } else if (range !== "workspace:^") {
      found.push(findingAt(path, `"${name}" is at "${range}": use "workspace:^"`));
    }
  }
  return found;
}

/** What the packages of ours import is what their package.json names. */
export function declaredImports(
  path: string,
  manifest: Manifest,
  imported: ReadonlySet<string>,
): Finding[] {
  const declared = {
    ...manifest.devDependencies,
    ...manifest.peerDependencies,
    ...manifest.dependencies,
  };
  return [...imported]
    .filter((name) => !(name in declared))
    .map((name) => findingAt(path, `"${name}" is imported and not declared: add "workspace:^"`));
}

/** A package that is published says under which terms, how it loads and what it ships. */
export function publishable(path: string, manifest: Manifest): Finding[] {
  if (manifest.private === true) return [];
  const found: Finding[] = [];
  if (manifest.license !== "MIT") found.push(findingAt(path, 'Set "license": "MIT"'));
  if (manifest.type !== "module") found.push(findingAt(path, 'Set "type": "module"'));
  if (manifest.files?.includes("!src/**/*.test.ts") !== true) {
    found.push(findingAt(path, 'Tests would be published: list "!src/**/*.test.ts" in "files"'));
  }
  return found;
}

/** A lock file with a registry's address in it works only where that registry is. */
export function lockfileHosts(path: string, text: string): Finding[] {
  return text.split("\n").flatMap((line, index) => {
    const host = /https?:\/\/[^"/]+/.exec(line)?.[0];
    if (host === undefined) return [];
    return [{ path, line: index + 1, message: `"${host}" is locked: install without it` }];
  });
}

function findingAt(path: string, message: string): Finding {
  return { path, line: 1, message };
}
