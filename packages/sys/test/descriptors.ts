import { readdirSync, readlinkSync } from "node:fs";

const FOLDER = "/proc/self/fd";

/** What this process has open, as `7 socket:[81237]`. */
export function openDescriptors(): string[] {
  return readdirSync(FOLDER).flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`${FOLDER}/${fd}`)}`];
    } catch (error) {
      // The descriptor that listed the folder is closed by now.
      if ((error as { code?: string }).code === "ENOENT") return [];
      throw error;
    }
  });
}

/** What has been opened since: Bun may close what it had for a command in between. */
export function openedSince(before: readonly string[]): string[] {
  return openDescriptors().filter((each) => !before.includes(each));
}
