import { readFileSync } from "node:fs";
import { release } from "node:os";

/** Which kernel this is. */
export interface KernelRelease {
  /** As uname(2) has it: `6.1.0-18-amd64`. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** The running kernel's release; a text that starts with no version gives 0.0. */
export function kernelRelease(): KernelRelease {
  return parseRelease(release());
}

/** Takes a release text apart. */
export function parseRelease(text: string): KernelRelease {
  const match = /^(\d+)\.(\d+)/.exec(text);
  return { text, major: Number(match?.[1] ?? 0), minor: Number(match?.[2] ?? 0) };
}

/**
 * The setting `kernel.io_uring_disabled`: 0 allows io_uring to everybody, 1 to a group and to
 * privileged processes, 2 to nobody; `null` when the kernel, before 6.6, has no such setting.
 */
export function uringDisabledSetting(): number | null {
  return integerSetting("/proc/sys/kernel/io_uring_disabled");
}

function integerSetting(path: string): number | null {
  try {
    const value = Number.parseInt(readFileSync(path, "latin1"), 10);
    return Number.isNaN(value) ? null : value;
  } catch (error) {
    // Absent in an older kernel, unreadable in a sandbox: either way nobody knows the setting.
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
