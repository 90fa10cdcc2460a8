// Loaded into every server before its own program (`bun --preload`), so that each contender reports
// in the same way and at the same cost: one line per SIGUSR2.
import { type ServerUsage, USAGE_MARK } from "./server-usage.ts";

const runtimeClass =
  Bun.env["BASCULE_DRIVER"] === undefined ? null : (await import("@bascule/core")).Runtime;

process.on("SIGUSR2", () => {
  const { user, system } = process.cpuUsage();
  const metrics = runtimeClass?.current().metrics();
  const usage: ServerUsage = {
    userMicros: user,
    systemMicros: system,
    residentBytes: process.memoryUsage.rss(),
    waits: metrics?.waits ?? null,
    systemCalls: metrics?.systemCalls ?? null,
  };
  process.stdout.write(`${USAGE_MARK}${JSON.stringify(usage)}\n`);
});
