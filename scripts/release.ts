// Releases every public package, in the order that cannot ship what was not checked: version,
// install, pack, check the tarballs, publish those same tarballs. With --dry-run it does all but
// the last in a clone, without a network, and leaves this checkout alone.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkTarballs } from "./release/check-packed.ts";
import type { Tarball } from "./release/pack.ts";
import { packAll } from "./release/pack.ts";
import { run } from "./release/shell.ts";
import { ROOT } from "./workspaces.ts";

const folder = mkdtempSync(join(tmpdir(), "bascule-release-"));
try {
  if (process.argv.includes("--dry-run")) await rehearse();
  else await release();
} finally {
  rmSync(folder, { recursive: true });
}

async function rehearse(): Promise<void> {
  const clone = join(folder, "clone");
  run(["git", "clone", "--quiet", ROOT, clone], folder);
  run(["bun", "install", "--frozen-lockfile", "--silent"], clone);
  for (const { name, version } of await prepare(clone)) console.log(`${name} ${version}`);
  console.log("Nothing was published: this was a dry run of the last commit");
}

async function release(): Promise<void> {
  const changes = run(["git", "status", "--porcelain"], ROOT);
  if (changes !== "") throw new Error(`Commit these changes before a release:\n${changes}`);
  const tarballs = await prepare(ROOT);
  for (const { path, name, version } of tarballs) {
    run(["bun", "publish", "--access", "public", "--tolerate-republish", path], ROOT);
    console.log(`${name} ${version} is published`);
  }
  const version = tarballs[0]?.version ?? "";
  console.log(`To finish: git commit -am "Release ${version}" && git tag v${version}`);
}

async function prepare(root: string): Promise<Tarball[]> {
  run(["bun", "--bun", join(root, "node_modules/.bin/changeset"), "version"], root);
  run(["bun", "fmt"], root); // the change logs are new
  run(["bun", "install", "--silent"], root); // the lock file holds the versions that pack resolves
  const tarballs = join(folder, "tarballs");
  mkdirSync(tarballs);
  const packed = packAll(root, tarballs);
  await checkTarballs(packed, folder);
  return packed;
}
