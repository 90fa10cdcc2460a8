import { afterEach, beforeAll, beforeEach } from "bun:test";
import { Runtime, type RuntimeOptions } from "@bascule/core";
import { Sentinel } from "./sentinel.ts";

/**
 * The sentinel's own limits are to end a hook, with the names of what is left: by itself a hook of
 * `bun test` has 5 s.
 */
const HOOK_LIMIT_MS = 60_000;

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
  }, HOOK_LIMIT_MS);

  afterEach(async () => {
    const guarding = sentinel;
    sentinel = null;
    await guarding?.release();
  }, HOOK_LIMIT_MS);
}
