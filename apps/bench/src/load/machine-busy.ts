import { readFileSync } from "node:fs";

/** `/proc/stat` counts in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

/** How long all cores together have been busy since the machine started. */
export function machineBusySeconds(): number {
  return busySeconds(readFileSync("/proc/stat", "utf8"));
}

/** Reads it from the first line: user, nice, system, (idle, waiting,) interrupts, stolen. */
export function busySeconds(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , hard = 0, soft = 0, stolen = 0] = stat
    .slice(0, stat.indexOf("\n"))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + hard + soft + stolen) / TICKS_PER_SECOND;
}
