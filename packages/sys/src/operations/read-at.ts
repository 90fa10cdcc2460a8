import { SYS } from "../system-calls.ts";
import { IORING_OP_READ } from "../uring/opcodes.ts";
import { readVector } from "../vectored.ts";
import { attemptTransfer } from "./file-attempt.ts";
import type { OperationKind } from "./operation-kind.ts";
import { defineTransfer, type Transfers } from "./transfer-at.ts";

const kinds: Transfers = defineTransfer({
  name: "read",
  opcode: IORING_OP_READ,
  attempt(frame) {
    return attemptTransfer(readVector, frame);
  },
  positional: SYS.pread64,
  sequential: SYS.read,
  attemptBytesMax: 65536,
  simulate(machine, { fd, address, length, offset }) {
    return machine.read(fd, address, length, offset);
  },
});

/**
 * Reads from a file: pread(2), or read(2) at the file's own position when `offset` is -1;
 * `IORING_OP_READ`. `address` and `length` are the memory. The result may be less than `length`
 * where more follows; 0 is the end of the file.
 */
export const readAt: OperationKind = kinds.cached;

/**
 * As {@link readAt}, for a file opened with `O_DIRECT`: it is never in memory, and asking for it
 * without waiting would wait all the same.
 */
export const readDirectAt: OperationKind = kinds.direct;
