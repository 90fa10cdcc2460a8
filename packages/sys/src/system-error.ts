import { errnoMessage, errnoName } from "./errno.ts";

/** An Error in Node's shape for a failed system call. */
export interface SystemCallError extends Error {
  /** `ENOMEM` */
  code: string;
  /** Negative, as Node has it. */
  errno: number;
  /** `mmap` */
  syscall: string;
}

/**
 * Makes the error for a failed system call, to be thrown where failing is not part of normal work.
 * @param result `-errno`
 */
export function systemError(syscall: string, result: number): SystemCallError {
  const code = errnoName(result);
  const error = new Error(`${code}: ${errnoMessage(result)}, ${syscall}`);
  return Object.assign(error, { code, errno: result, syscall });
}
