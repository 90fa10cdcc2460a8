import { afterEach, beforeAll, beforeEach } from "bun:test";
import { Runtime, type RuntimeOptions } from "@bascule/core";
import { Sentinel } from "./sentinel.ts";

/**
 * Gives each test a runtime of its own, which is shut down and looked through for leaks after it.
 * For a file that `bunfig.toml` preloads.
 */
export function guardEachTest(options: RuntimeOptions = {}): void {
  let sentinel: Sentinel | null = null;

  // Bun duplicates descriptor 2 for the first warning: not a leak of the test that warns.
  beforeAll(() => void process.stderr);

  beforeEach(() => {
    sentinel = new Sentinel();
    sentinel.guard(Runtime.create(options));
  });

  afterEach(async () => {
    const guarding = sentinel;
    sentinel = null;
    await guarding?.release();
  });
}
