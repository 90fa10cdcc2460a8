import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of the test's own: `using folder = new Folder()`. */
export class Folder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "bascule-examples-"));

  at(name: string): string {
    return join(this.path, name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.at(name), content);
    return this.at(name);
  }

  /** A file of `byteLength` bytes that is a hole but for a word at each end. */
  writeSparse(name: string, byteLength: number): string {
    const fd = openSync(this.at(name), "w");
    ftruncateSync(fd, byteLength);
    writeSync(fd, "begin", 0);
    writeSync(fd, "end", byteLength - 3);
    closeSync(fd);
    return this.at(name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
