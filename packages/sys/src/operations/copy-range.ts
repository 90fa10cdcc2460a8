import { SYS, writeCall } from "../system-calls.ts";
import { attemptNever } from "./file-attempt.ts";
import {
  defineOperation,
  NO_OPCODE,
  READINESS_NONE,
  type OperationKind,
} from "./operation-kind.ts";
import { encodeNothing } from "./without-opcode.ts";

/**
 * Copies bytes from file to file inside the kernel, sharing them where the file system can:
 * copy_file_range(2). `fd` is the source, `flags` the target's descriptor, which the caller keeps
 * open, `length` the number of bytes. `address` is that of two 64-bit positions, source and target,
 * which the kernel moves on, or 0 to use and move the files' own. The result is the number of bytes
 * copied, 0 at the end of the source. The ring has no operation for it.
 */
export const copyRange: OperationKind = defineOperation({
  name: "copyfile",
  opcode: NO_OPCODE,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode: encodeNothing,
  encodeCall(frame, call) {
    const { fd, address, length, flags } = frame;
    const target = address === 0 ? 0 : address + 8;
    writeCall(call, SYS.copy_file_range, fd, address, flags, target, length);
  },
  simulate(machine, { fd, address, length, flags }) {
    return machine.copyRange(fd, flags, length, address);
  },
});
