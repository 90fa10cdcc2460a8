import { test } from "bun:test";
import { readFileSync } from "node:fs";
import { blockOn } from "@bascule/core";
import type { File } from "@bascule/fs";
import { TemporaryFolder } from "@bascule/test-support";

const LIMIT_MS = 20_000;

/**
 * A behaviour of files, shown twice: hosted by Bun's loop, and inside `blockOn`, where nothing of
 * Bun's moves. Both on one runtime, since the threads that wait for disks take longer to start than
 * most behaviours do. `behave` gets a folder of its own each time.
 */
export function fileTest(
  name: string,
  behave: (folder: TemporaryFolder) => Promise<void>,
  limitMs: number = LIMIT_MS,
): void {
  test(
    name,
    async () => {
      {
        using folder = new TemporaryFolder();
        await behave(folder);
      }
      try {
        using folder = new TemporaryFolder();
        blockOn(() => behave(folder));
      } catch (error) {
        throw new Error(`Inside blockOn: ${String(error)}`, { cause: error });
      }
    },
    limitMs,
  );
}

/** The kernel's own word on where a file's position is. */
export function positionOf(file: File): number {
  const facts = readFileSync(`/proc/self/fdinfo/${file.fd}`, "latin1");
  return Number(/^pos:\s*(\d+)$/m.exec(facts)?.[1]);
}

export function textOf(bytes: Uint8Array | ArrayBuffer): string {
  return new TextDecoder().decode(bytes);
}
