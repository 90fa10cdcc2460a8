import { SYS } from "../system-calls.ts";
import { IORING_OP_WRITE } from "../uring/opcodes.ts";
import { writeVector } from "../vectored.ts";
import { attemptTransfer } from "./file-attempt.ts";
import type { OperationKind } from "./operation-kind.ts";
import { defineTransfer, type Transfers } from "./transfer-at.ts";

const kinds: Transfers = defineTransfer({
  name: "write",
  opcode: IORING_OP_WRITE,
  attempt(frame) {
    return attemptTransfer(writeVector, frame);
  },
  positional: SYS.pwrite64,
  sequential: SYS.write,
  simulate(machine, { fd, address, length, offset }) {
    return machine.write(fd, address, length, offset);
  },
});

/**
 * Writes to a file: pwrite(2), or write(2) at the file's own position when `offset` is -1, which is
 * its end with `O_APPEND`; `IORING_OP_WRITE`. `address` and `length` are the bytes. The result may
 * be less than `length`: write the rest, and a full disk then says so.
 */
export const writeAt: OperationKind = kinds.cached;

/** As {@link writeAt}, for a file opened with `O_DIRECT`, which always waits for the disk. */
export const writeDirectAt: OperationKind = kinds.direct;
