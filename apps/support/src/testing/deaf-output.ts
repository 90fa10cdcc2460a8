import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Descriptors for the output of a program that cannot be written to. Disposing closes it. */
export class DeafOutput implements Disposable {
  readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** A disk that is full: ENOSPC. */
  static full(): DeafOutput {
    return new DeafOutput(openSync("/dev/full", "w"));
  }

  /** A pipe whose reader has gone: EPIPE. */
  static closed(): DeafOutput {
    const folder = mkdtempSync(join(tmpdir(), "bascule-pipe-"));
    try {
      const path = join(folder, "pipe");
      Bun.spawnSync(["mkfifo", path]);
      const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        return new DeafOutput(openSync(path, "w"));
      } finally {
        closeSync(reader);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}
