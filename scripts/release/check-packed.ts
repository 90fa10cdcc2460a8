// Packs every public package, and proves that what was packed works where nothing else of ours is.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { uringFault } from "../doctor/drivers.ts";
import { ROOT } from "../workspaces.ts";
import { readTarball, tarballFaults } from "./check-tarball.ts";
import type { Tarball } from "./pack.ts";
import { packAll, TOOLS } from "./pack.ts";
import { run } from "./shell.ts";

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), "bascule-packed-"));
  try {
    await checkTarballs(packAll(ROOT, folder), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Checks each tarball by itself, then installs all of them into an empty folder below `folder`,
 * compiles a program against them and runs it on every driver.
 * @throws Error that names everything that is wrong
 */
export async function checkTarballs(tarballs: readonly Tarball[], folder: string): Promise<void> {
  const faults = await Promise.all(tarballs.map(faultsOf));
  if (faults.flat().length > 0) throw new Error(faults.flat().join("\n"));
  const consumer = join(folder, "consumer");
  install(tarballs, consumer);
  run([join(TOOLS, "tsc"), "-p", "tsconfig.json"], consumer);
  const drivers = (await uringFault()) === null ? ["epoll", "uring"] : ["epoll"];
  for (const driver of drivers) {
    const environment = { BASCULE_DRIVER: driver };
    console.log(run(["bun", "smoke-program.ts"], consumer, environment));
  }
  run([join(consumer, "node_modules/.bin/bascule"), "--help"], consumer);
}

async function faultsOf({ name, path }: Tarball): Promise<string[]> {
  const tarball = await Bun.file(path).arrayBuffer();
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  const complaints = messages.map((message) => formatMessage(message, pkg, { color: false }));
  const faults = tarballFaults(await readTarball(path));
  return [...faults, ...complaints].map((fault) => `${name}: ${fault}`);
}

/** The overrides make the packages find each other's tarballs before the registry has them. */
function install(tarballs: readonly Tarball[], consumer: string): void {
  const dependencies = Object.fromEntries(tarballs.map(({ name, path }) => [name, `file:${path}`]));
  const manifest = { name: "consumer", private: true, type: "module", dependencies };
  mkdirSync(consumer);
  writeJson(join(consumer, "package.json"), { ...manifest, overrides: dependencies });
  writeJson(join(consumer, "tsconfig.json"), {
    compilerOptions: {
      target: "ESNext",
      lib: ["ESNext"],
      module: "preserve",
      strict: true,
      noEmit: true,
      types: ["bun"],
      typeRoots: [join(ROOT, "node_modules/@types")],
    },
    files: ["smoke-program.ts"],
  });
  cpSync(join(import.meta.dir, "smoke-program.ts"), join(consumer, "smoke-program.ts"));
  run(["bun", "install", "--silent"], consumer);
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, JSON.stringify(value, null, 2));
}
