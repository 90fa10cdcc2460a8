import type { WaitOptions } from "@bascule/core";
import { accessAt, F_OK } from "@bascule/sys";
import { checkModeBits } from "./arguments.ts";
import { PathCall } from "./path-call.ts";
import { type PathLike, toPath } from "./path.ts";

/**
 * Asks whether this process may use a file: faccessat(2). Resolves when it may.
 * @param mode `F_OK` (0): it is there; or `R_OK` (4), `W_OK` (2) and `X_OK` (1) together
 * @throws (rejects) SystemError (`ENOENT`, `EACCES`, `EROFS` …), the reason of an abort
 */
export async function access(
  path: PathLike,
  mode: number | null = F_OK,
  options?: WaitOptions,
): Promise<void> {
  const target = toPath(path);
  const bits = checkModeBits(mode);
  using call = new PathCall("access", target);
  call.frame.length = bits;
  await call.run(accessAt, options);
}

/**
 * Whether a path leads to something. What cannot be looked at counts as not there, and so does, as
 * in Node, what is no path at all. Rejects only with the reason of an abort.
 */
export async function exists(path: PathLike, options?: WaitOptions): Promise<boolean> {
  let call: PathCall;
  try {
    call = new PathCall("access", toPath(path));
  } catch (error) {
    if (error instanceof TypeError || "syscall" in (error as Error)) return false;
    throw error;
  }
  try {
    return (await call.result(accessAt, options)) === 0;
  } finally {
    call[Symbol.dispose]();
  }
}
