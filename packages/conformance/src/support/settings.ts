import type { RuntimeOptions } from "@bascule/core";

/**
 * Options that the environment adds to every runtime of the suite: `BASCULE_TEST_WITHOUT` names kernel
 * features to do without, separated by commas.
 */
export function runtimeOptions(): RuntimeOptions {
  const without = Bun.env["BASCULE_TEST_WITHOUT"] ?? "";
  return without === "" ? {} : { without: without.split(",") };
}

/** The driver that this run is about. */
export function driverName(): string {
  return Bun.env["BASCULE_DRIVER"] ?? "auto";
}
