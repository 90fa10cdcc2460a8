import { readdirSync, readlinkSync } from "node:fs";
import { eventually } from "./eventually.ts";

const FOLDER = "/proc/self/fd";
const LIMIT_MS = 5000;

/** What this process has open, as `7 socket:[81237]`, sorted by number. */
export function openDescriptors(): string[] {
  const numbers = readdirSync(FOLDER).map(Number);
  return numbers.toSorted((left, right) => left - right).flatMap(describe);
}

/**
 * What has been opened since {@link openDescriptors} gave `before`. What has been closed meanwhile
 * does not count: Bun closes what it has had for a command whenever it collects garbage.
 */
export function openedSince(before: readonly string[]): string[] {
  return openDescriptors().filter((each) => !before.includes(each));
}

/** How many descriptors this process has open, with the one that looks. */
export function openDescriptorCount(): number {
  return readdirSync(FOLDER).length;
}

/** Waits until no more descriptors are open: Bun closes duplicates, and threads end, in time. */
export async function descriptorsFallTo(count: number): Promise<void> {
  if (await eventually(() => openDescriptorCount() <= count, LIMIT_MS)) return;
  throw new Error(`${openDescriptorCount()} descriptors are open instead of ${count}`);
}

/** How many sockets this process has open. */
export function openSocketCount(): number {
  return openDescriptors().filter((each) => each.includes("socket:")).length;
}

function describe(fd: number): string[] {
  try {
    return [`${fd} ${readlinkSync(`${FOLDER}/${fd}`)}`];
  } catch (error) {
    // The descriptor that listed the folder is closed by now.
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw error;
  }
}
