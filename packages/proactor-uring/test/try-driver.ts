import { DriverUnavailableError } from "@bascule/core";
import {
  createEventfd,
  EINVAL,
  ENOSYS,
  EPERM,
  forbidSystemCalls,
  getResourceLimit,
  liburingProblem,
  mapMemory,
  RLIMIT_MEMLOCK,
  RLIMIT_NOFILE,
  setResourceLimit,
  SYS_IO_URING_ENTER,
  SYS_IO_URING_REGISTER,
  SYS_IO_URING_SETUP,
} from "@bascule/sys";
import factory from "../src/index.ts";

// Worsens its own conditions as the environment says, tries to make a driver and tells the outcome.
const { CALL, FORBID, MEMLOCK, NOFILE } = process.env;
if (FORBID !== undefined) {
  const all = [SYS_IO_URING_SETUP, SYS_IO_URING_ENTER, SYS_IO_URING_REGISTER];
  const calls = CALL === undefined ? all : [Number(CALL)];
  const errno = FORBID === "EPERM" ? EPERM : ENOSYS;
  if (forbidSystemCalls(calls, errno) !== 0) throw new Error("Cannot set the filter");
}
if (MEMLOCK !== undefined) limit(RLIMIT_MEMLOCK, Number(MEMLOCK));
if (NOFILE !== undefined) {
  // What is needed anyway is loaded before nothing can be opened any more.
  liburingProblem();
  mapMemory(1).unmap();
  limit(RLIMIT_NOFILE, Number(NOFILE));
  while (createEventfd() >= 0) continue;
}

function limit(resource: number, soft: number): void {
  const result = setResourceLimit(resource, { ...getResourceLimit(resource), soft });
  if (result !== 0) throw new Error(`Cannot set the limit: ${result === -EINVAL}`);
}

function tell(): string {
  const unavailability = factory.probe();
  try {
    const driver = factory.create({});
    driver.destroy({ leak: false });
    if (unavailability !== null) throw new Error("The probe fails and the driver works");
    return JSON.stringify({ works: true });
  } catch (error) {
    if (!(error instanceof DriverUnavailableError)) throw error;
    const { code, message, remedy } = error;
    return JSON.stringify({ code, message, remedy });
  }
}

process.stdout.write(`${tell()}\n`);
