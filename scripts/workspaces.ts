import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The parts of a package.json that the scripts use. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** One package or app of this checkout, or its examples. */
export interface Workspace {
  /** `packages/net`, relative to the checkout. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The checkout that these scripts belong to. */
export const ROOT: string = join(import.meta.dir, "..");

/** What is built on comes before what builds on it, so that the first failure is the cause. */
const ORDER = ["core", "sys", "reactor-epoll", "proactor-uring", "sync", "net", "fs"];

const KINDS = ["packages", "apps", "examples"];

/** Every package, app and the examples: the foundations first, then by name, the apps later. */
export function readWorkspaces(root: string = ROOT): Workspace[] {
  const found = manifestPaths(root).map((path) => ({
    folder: path.slice(0, -"/package.json".length),
    manifest: readManifest(join(root, path)),
  }));
  return found.toSorted((left, right) => {
    const [first, second] = [sortKey(left.folder), sortKey(right.folder)];
    return first < second ? -1 : 1;
  });
}

/** The package.json of every workspace, relative to the checkout. */
export function manifestPaths(root: string): string[] {
  // Two patterns, because an alternative in braces cannot hold a slash.
  const patterns = ["{packages,apps}/*/package.json", "examples/package.json"];
  return patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(root)]);
}

/** The packages that are published. */
export function publicWorkspaces(root: string = ROOT): Workspace[] {
  return readWorkspaces(root).filter(({ manifest }) => manifest.private !== true);
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8"));
}

function sortKey(folder: string): string {
  const [kind = "", name = ""] = folder.split("/");
  const rank = ORDER.indexOf(name);
  const order = rank < 0 ? "z" : String.fromCodePoint(97 + rank);
  return `${KINDS.indexOf(kind)}${order}${name}`;
}
