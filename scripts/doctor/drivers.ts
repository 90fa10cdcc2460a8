import { join } from "node:path";
import type { Capability, Unavailability } from "@bascule/core";

/** A driver as `doctor` shows it. */
export interface DriverReport {
  readonly name: string;
  /** null when the driver works on this machine. */
  readonly fault: Unavailability | null;
  readonly capabilities: readonly Capability[];
}

/** What one try of the drivers said. */
export interface DriversReport {
  readonly candidates: readonly DriverReport[];
  readonly choice: { readonly driver: string; readonly reason: string } | null;
  /** Why there is no choice. */
  readonly failure: string | null;
}

const PROBE_LIMIT_MS = 20_000;

/** Tries the drivers in a child, so that a crash in native code is a finding and not the end. */
export async function probeDrivers(): Promise<DriversReport> {
  const child = Bun.spawn(["bun", join(import.meta.dir, "probe.ts")], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: PROBE_LIMIT_MS,
  });
  const [text, complaint] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) {
    const failure = complaint.trim() || `The probe ended with ${child.signalCode ?? "no message"}`;
    return { candidates: [], choice: null, failure };
  }
  return JSON.parse(text);
}

/** Why io_uring cannot be used here, or null when it can. A broken probe does not excuse a test. */
export async function uringFault(): Promise<string | null> {
  const { candidates } = await probeDrivers();
  return candidates.find(({ name }) => name === "uring")?.fault?.cause ?? null;
}
