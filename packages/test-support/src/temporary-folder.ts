import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of the test's own: `using folder = new TemporaryFolder()`. */
export class TemporaryFolder implements Disposable {
  readonly path: string;

  constructor(parent: string = tmpdir()) {
    this.path = mkdtempSync(join(parent, "bascule-test-"));
  }

  /** The path of something in it. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Makes a FIFO in it. @returns its path */
  fifo(name: string): string {
    const path = this.at(name);
    const { success, stderr } = Bun.spawnSync(["mkfifo", path]);
    if (!success) throw new Error(`Cannot make a FIFO: ${stderr.toString()}`);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
