import type { RuntimeOptions } from "@bascule/core";

/**
 * Options that the environment adds to every runtime of the suite: `BASCULE_TEST_WITHOUT` names
 * kernel features to do without, separated by commas; with `BASCULE_TEST_WATCH=thread` a helper
 * thread watches the driver instead of Bun's loop.
 */
export function runtimeOptions(): RuntimeOptions {
  const without = Bun.env["BASCULE_TEST_WITHOUT"] ?? "";
  const watchWithThread = Bun.env["BASCULE_TEST_WATCH"] === "thread";
  return { watchWithThread, without: without === "" ? [] : without.split(",") };
}

/** The name of the driver that this run is about; null when any will do, as for a module's. */
export function driverExpected(): string | null {
  const { BASCULE_TEST_EXPECT: expected, BASCULE_DRIVER: named } = Bun.env;
  return expected ?? (named === "epoll" || named === "uring" ? named : null);
}
