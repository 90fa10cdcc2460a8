import { readdirSync, readlinkSync } from "node:fs";

const FOLDER = "/proc/self/fd";

/** What this process has open, as `7 socket:[81237]`, sorted by number. */
export function openDescriptors(): string[] {
  const numbers = readdirSync(FOLDER).map(Number);
  return numbers.toSorted((left, right) => left - right).flatMap(describe);
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
