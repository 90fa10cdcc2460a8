import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runCommand } from "../test/run-command.ts";
import { applyFault, type Fault } from "./fault.ts";

const INSTALL_LIMIT_MS = 120_000;

/** A copy of the checkout to break: the checkout itself is never written to. */
export class CheckoutCopy implements Disposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
    // An interrupt ends the process without unwinding.
    process.once("exit", () => this[Symbol.dispose]());
  }

  /** Copies what git knows, or would take, and installs the packages. */
  static async make(root: string): Promise<CheckoutCopy> {
    const copy = new CheckoutCopy(mkdtempSync(join(tmpdir(), "bascule-mutate-")));
    // Some tests run programs as another user, who must be able to read them.
    chmodSync(copy.folder, 0o755);
    for (const path of filesOf(root)) {
      mkdirSync(dirname(join(copy.folder, path)), { recursive: true });
      cpSync(join(root, path), join(copy.folder, path));
    }
    const install = await runCommand({
      argv: ["bun", "install", "--frozen-lockfile", "--silent"],
      folder: copy.folder,
      timeLimitMs: INSTALL_LIMIT_MS,
    });
    if (install.exitCode === 0) return copy;
    copy[Symbol.dispose]();
    throw new Error(`Cannot install the packages of the copy: ${install.output}`);
  }

  /** The copy with a fault in it, until what it returns is disposed. */
  break(fault: Fault): Disposable {
    const path = join(this.folder, fault.file);
    const source = readFileSync(path, "utf8");
    writeFileSync(path, applyFault(fault, source));
    return { [Symbol.dispose]: () => writeFileSync(path, source) };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function filesOf(root: string): string[] {
  const command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = Bun.spawnSync(command, { cwd: root });
  if (!listed.success) {
    throw new Error(`Cannot list the files of the checkout: ${listed.stderr.toString().trim()}`);
  }
  const paths = listed.stdout.toString().split("\0");
  return paths.filter((path) => path !== "" && Bun.file(join(root, path)).size > 0);
}
