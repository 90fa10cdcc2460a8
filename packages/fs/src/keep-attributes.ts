import { SystemError, type WaitOptions } from "@bascule/core";
import { chmodAt, chownAt } from "@bascule/sys";
import type { OpenFile } from "./open-file.ts";
import { statDescriptor } from "./stat.ts";
import { permissionsOf, type Stats } from "./stats.ts";

const SET_ID_BITS = 0o6000;

/**
 * Gives a new file the owner of the one that it is to replace, as far as this process may, and its
 * permissions: fchown(2), fchmod(2). Without the same owner it does not run as somebody either: the
 * set-user-ID and set-group-ID bits are left out.
 * @param keepsMode the new file has its permissions already
 * @returns the permissions that it is to have once it is written, when they have set-ID bits: a
 *   write takes those away, and half a program is nobody's to run; null when it has them already
 */
export async function keepAttributes(
  file: OpenFile,
  replaced: Stats,
  keepsMode: boolean,
  options: WaitOptions,
): Promise<number | null> {
  const { signal } = options;
  const made = await statDescriptor(file.runtime, file.descriptor, { signal });
  let mode = permissionsOf(keepsMode ? made : replaced);
  const isSame = made.uid === replaced.uid && made.gid === replaced.gid;
  if (!isSame && !(await chown(file, replaced.uid, replaced.gid, options))) {
    await chown(file, made.uid, replaced.gid, options);
    mode &= ~SET_ID_BITS;
  }
  const late = keepsMode ? 0 : mode & SET_ID_BITS;
  // After fchown(2), which takes the set-ID bits away.
  const length = mode & ~late;
  if (!isSame || !keepsMode) await file.call("fchmod", chmodAt, { length }, options);
  return late === 0 ? null : mode;
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
