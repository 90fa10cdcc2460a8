import { join } from "node:path";
import { publicWorkspaces, ROOT } from "../workspaces.ts";
import { run } from "./shell.ts";

/** A package as it would be published. */
export interface Tarball {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

/** The folder where the tools of this checkout stand. */
export const TOOLS: string = join(ROOT, "node_modules/.bin");

/**
 * Builds the declarations of every public package of `root` and packs it into `destination`, in the
 * order in which they may be published: what is depended upon comes first.
 */
export function packAll(root: string, destination: string): Tarball[] {
  run([join(TOOLS, "turbo"), "run", "build", "--output-logs=errors-only"], root);
  return publicWorkspaces(root).map(({ folder, manifest }) => {
    const { name, version } = manifest;
    const argv = ["bun", "pm", "pack", "--quiet", "--destination", destination];
    return { name, version, path: run(argv, join(root, folder)) };
  });
}
