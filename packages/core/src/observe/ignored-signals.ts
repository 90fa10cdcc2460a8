import { readFileSync } from "node:fs";
import { constants } from "node:os";

/**
 * Whether the process ignores a signal, as one that was started by nohup(1) does; who listens for
 * it ends that. By the kernel's own list, proc_pid_status(5).
 */
export function isIgnored(signal: NodeJS.Signals): boolean {
  const mask = /^SigIgn:\s*(\w+)$/m.exec(statusOfProcess())?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

function statusOfProcess(): string {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    // Where there is no /proc, all signals do what they do by themselves, as they mostly do.
    return "";
  }
}
