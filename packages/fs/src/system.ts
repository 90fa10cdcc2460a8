import type { OperationFrame, OperationKind, Runtime, System } from "@bascule/core";
import {
  addressOf,
  closeDescriptor,
  movePosition,
  setStatusFlags,
  statusFlags,
} from "@bascule/sys";

/** The system calls that files make at once. */
type FileSystemCalls = Pick<
  System,
  "addressOf" | "closeDescriptor" | "movePosition" | "setStatusFlags" | "statusFlags"
>;

/** This machine's kernel, for every driver that brings none of its own. */
const linux: FileSystemCalls = {
  addressOf,
  closeDescriptor,
  movePosition,
  setStatusFlags,
  statusFlags,
};

/** The system calls that a runtime's files make at once. */
export function systemOf(runtime: Runtime): FileSystemCalls {
  return runtime.driver.system ?? linux;
}

/** Makes an operation's call without waiting: `>= 0`, `-errno`, or WOULD_BLOCK. */
export function attempt(runtime: Runtime, kind: OperationKind, frame: OperationFrame): number {
  const { system } = runtime.driver;
  return system === undefined ? kind.attempt(frame) : system.attempt(kind, frame);
}
