import {
  ENOSYS,
  forbidSystemCalls,
  RLIMIT_MEMLOCK,
  SYS,
  setResourceLimit,
  SYS_IO_URING_ENTER,
  SYS_IO_URING_REGISTER,
  SYS_IO_URING_SETUP,
} from "@bascule/sys";

/** What files use where a kernel has it, and can do without. */
const NEW_FILE_CALLS = [SYS.openat2, SYS.preadv2, SYS.pwritev2, SYS.copy_file_range];
const IO_URING = [SYS_IO_URING_SETUP, SYS_IO_URING_ENTER, SYS_IO_URING_REGISTER];

/**
 * Gives up for good what `BASCULE_TEST_CONSTRAINT` says: `io_uring` (forbidden), `io_uring hidden`
 * (the kernel seems to have none), `new file calls` (likewise) or `memlock` (the limit is 0). Never
 * the machine's, only this process's.
 */
export function constrainThisProcess(): void {
  const constraint = Bun.env["BASCULE_TEST_CONSTRAINT"];
  if (constraint === undefined || constraint === "") return;
  const result = constrain(constraint);
  if (result !== 0) throw new Error(`Cannot constrain "${constraint}": the kernel said ${result}`);
}

function constrain(constraint: string): number {
  if (constraint === "io_uring") return forbidSystemCalls(IO_URING);
  if (constraint === "io_uring hidden") return forbidSystemCalls(IO_URING, ENOSYS);
  if (constraint === "new file calls") return forbidSystemCalls(NEW_FILE_CALLS, ENOSYS);
  if (constraint === "memlock") return setResourceLimit(RLIMIT_MEMLOCK, { soft: 0, hard: 0 });
  throw new Error(`There is no constraint "${constraint}"`);
}
