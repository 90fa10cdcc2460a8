import { readFileSync } from "node:fs";
import { join } from "node:path";
import { manifestPaths } from "../workspaces.ts";
import type { FileRule, Finding } from "./finding.ts";
import { SourceFile } from "./source-file.ts";
import {
  emptyCatch,
  fileNames,
  focusedTests,
  leftoverMarks,
  machinePaths,
  testsAssert,
  topLevelFunctions,
  urlPaths,
} from "./rules/habits.ts";
import { exportStar, ffiOnlyInSys, importTable } from "./rules/imports.ts";
import type { Manifest } from "./rules/manifests.ts";
import {
  declaredImports,
  lockfileHosts,
  publishable,
  runtimeDependencies,
} from "./rules/manifests.ts";
import { fileSize, functionSize, lineLength, sizeDistribution } from "./rules/sizes.ts";
import { systemSeam } from "./rules/system-seam.ts";
import { unusedExports } from "./rules/unused-exports.ts";

const FILE_RULES: readonly FileRule[] = [
  emptyCatch,
  exportStar,
  ffiOnlyInSys,
  fileNames,
  fileSize,
  focusedTests,
  functionSize,
  importTable,
  leftoverMarks,
  lineLength,
  machinePaths,
  systemSeam,
  testsAssert,
  topLevelFunctions,
  urlPaths,
];

/** Reads every TypeScript file below packages, apps, examples and scripts. */
function readSources(root: string): SourceFile[] {
  const glob = new Bun.Glob("{packages,apps,examples,scripts}/**/*.ts");
  return [...glob.scanSync(root)]
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))
    .toSorted()
    .map((path) => new SourceFile(path, readFileSync(join(root, path), "utf8")));
}

/** Every place of this checkout that breaks a house rule. */
export function tidy(root: string): Finding[] {
  const files = readSources(root);
  const lockfile = readFileSync(join(root, "bun.lock"), "utf8");
  return [
    ...files.flatMap((file) => FILE_RULES.flatMap((rule) => rule(file))),
    ...sizeDistribution(files),
    ...unusedExports(files),
    ...manifestFindings(root, files),
    ...lockfileHosts("bun.lock", lockfile),
  ];
}

function manifestFindings(root: string, files: readonly SourceFile[]): Finding[] {
  return manifestPaths(root).flatMap((path) => {
    const manifest: Manifest = JSON.parse(readFileSync(join(root, path), "utf8"));
    const workspace = path.slice(0, -"/package.json".length);
    const findings = declaredImports(path, manifest, importsOf(workspace, files));
    if (!path.startsWith("packages/")) return findings;
    return [...findings, ...runtimeDependencies(path, manifest), ...publishable(path, manifest)];
  });
}

function importsOf(workspace: string, files: readonly SourceFile[]): Set<string> {
  const requests = files
    .filter((file) => file.workspace === workspace)
    .flatMap((file) => file.requests());
  const names = requests.map(({ specifier }) => /^@bascule\/[^/]+/.exec(specifier)?.[0]);
  return new Set(names.filter((name) => name !== undefined));
}
