import {
  forbidSystemCalls,
  RLIMIT_MEMLOCK,
  setResourceLimit,
  SYS_IO_URING_ENTER,
  SYS_IO_URING_REGISTER,
  SYS_IO_URING_SETUP,
} from "@bascule/sys";

/** What a process can be made to do without, by `BASCULE_TEST_CONSTRAINT`. */
export type Constraint = "io_uring" | "memlock";

const IO_URING = [SYS_IO_URING_SETUP, SYS_IO_URING_ENTER, SYS_IO_URING_REGISTER];

/** Gives up for good what the environment says: never the machine, only this process. */
export function constrainThisProcess(): void {
  const constraint = Bun.env["BASCULE_TEST_CONSTRAINT"];
  if (constraint === undefined || constraint === "") return;
  const result = constrain(constraint);
  if (result !== 0) throw new Error(`Cannot constrain "${constraint}": the kernel said ${result}`);
}

function constrain(constraint: string): number {
  if (constraint === "io_uring") return forbidSystemCalls(IO_URING);
  if (constraint === "memlock") return setResourceLimit(RLIMIT_MEMLOCK, { soft: 0, hard: 0 });
  throw new Error(`There is no constraint "${constraint}"`);
}
