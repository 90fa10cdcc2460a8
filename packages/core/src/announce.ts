import type { DriverChoice } from "./choose-driver.ts";

/** What `BASCULE_LOG` may be: apps add stack traces to their errors with `debug`. */
const LEVELS: readonly string[] = ["off", "info", "debug"];

/**
 * Whether `BASCULE_LOG` asks for which driver was taken and why.
 * @throws RangeError when it is none of its levels
 */
export function isTalkative(): boolean {
  const level = Bun.env["BASCULE_LOG"] || "off";
  if (LEVELS.includes(level)) return level !== "off";
  throw new RangeError(
    `Cannot create a runtime with BASCULE_LOG "${level}": pass "off", "info" or "debug"`,
  );
}

/** Says it on stderr. */
export function announce({ driver, reason }: DriverChoice): void {
  process.stderr.write(`bascule: driver ${driver} (${reason})\n`);
}
