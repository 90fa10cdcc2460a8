import { SystemError, type WaitOptions } from "@bascule/core";
import { chmodAt, chownAt } from "@bascule/sys";
import type { OpenFile } from "./open-file.ts";
import { statDescriptor } from "./stat.ts";
import type { Stats } from "./stats.ts";

const MODE_BITS = 0o7777;
const SET_ID_BITS = 0o6000;

/**
 * Gives a new file the owner of the one that it is to replace, as far as this process may, and its
 * permissions: fchown(2), fchmod(2). Without the same owner it does not run as somebody either: the
 * set-user-ID and set-group-ID bits are left out.
 * @param keepsMode the new file has its permissions already
 */
export async function keepAttributes(
  file: OpenFile,
  replaced: Stats,
  keepsMode: boolean,
  options: WaitOptions,
): Promise<void> {
  const { signal } = options;
  const made = await statDescriptor(file.runtime, file.descriptor, { signal });
  const [user, group] = [Number(made.uid), Number(made.gid)];
  let mode = (keepsMode ? Number(made.mode) : replaced.mode) & MODE_BITS;
  const isSame = user === replaced.uid && group === replaced.gid;
  if (!isSame && !(await chown(file, replaced.uid, replaced.gid, options))) {
    await chown(file, user, replaced.gid, options);
    mode &= ~SET_ID_BITS;
  }
  // After fchown(2), which takes the set-ID bits away.
  if (!isSame || !keepsMode) await file.call("fchmod", chmodAt, { length: mode }, options);
}

/** @returns false when this process may not, or its user namespace does not have them */
async function chown(
  file: OpenFile,
  user: number,
  group: number,
  options: WaitOptions,
): Promise<boolean> {
  try {
    await file.call("fchown", chownAt, { length: user, offset: group }, options);
    return true;
  } catch (error) {
    const code = error instanceof SystemError ? error.code : "";
    if (code !== "EPERM" && code !== "EINVAL") throw error;
    return false;
  }
}
