import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_WRITE } from "../uring/opcodes.ts";
import { attemptNever, attemptTransfer, TRANSFER_BYTES_MAX } from "./file-attempt.ts";
import {
  defineOperation,
  READINESS_NONE,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_WRITE, 0, 0);

function encode(entries: Int32Array, base: number, frame: OperationFrame): void {
  const length = Math.min(frame.length, TRANSFER_BYTES_MAX);
  writeEntry(entries, base, HEADER, frame.fd, frame.offset, frame.address, length, 0, 0);
}

function encodeCall(frame: OperationFrame, call: Float64Array): void {
  const { fd, address, length, offset } = frame;
  if (offset < 0) writeCall(call, SYS.write, fd, address, length, 0, 0);
  else writeCall(call, SYS.pwrite64, fd, address, length, offset, 0);
}

/**
 * Writes to a file: pwrite(2), or write(2) at the file's own position when `offset` is -1, which is
 * its end with `O_APPEND`; `IORING_OP_WRITE`. `address` and `length` are the bytes. The result may
 * be less than `length`: write the rest, and a full disk then says so.
 */
export const writeAt: OperationKind = defineOperation({
  name: "write",
  opcode: IORING_OP_WRITE,
  readiness: READINESS_NONE,
  attempt(frame) {
    return attemptTransfer(SYS.pwritev2, frame);
  },
  encode,
  encodeCall,
});

/** As {@link writeAt}, for a file opened with `O_DIRECT`, which always waits for the disk. */
export const writeDirectAt: OperationKind = defineOperation({
  name: "write",
  opcode: IORING_OP_WRITE,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode,
  encodeCall,
});
