import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_READ } from "../uring/opcodes.ts";
import { attemptNever, attemptTransfer, TRANSFER_BYTES_MAX } from "./file-attempt.ts";
import {
  defineOperation,
  READINESS_NONE,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_READ, 0, 0);

function encode(entries: Int32Array, base: number, frame: OperationFrame): void {
  const length = Math.min(frame.length, TRANSFER_BYTES_MAX);
  writeEntry(entries, base, HEADER, frame.fd, frame.offset, frame.address, length, 0, 0);
}

function encodeCall(frame: OperationFrame, call: Float64Array): void {
  const { fd, address, length, offset } = frame;
  if (offset < 0) writeCall(call, SYS.read, fd, address, length, 0, 0);
  else writeCall(call, SYS.pread64, fd, address, length, offset, 0);
}

/**
 * Reads from a file: pread(2), or read(2) at the file's own position when `offset` is -1;
 * `IORING_OP_READ`. `address` and `length` are the memory. The result may be less than `length`
 * where more follows; 0 is the end of the file.
 */
export const readAt: OperationKind = defineOperation({
  name: "read",
  opcode: IORING_OP_READ,
  readiness: READINESS_NONE,
  attempt(frame) {
    return attemptTransfer(SYS.preadv2, frame);
  },
  attemptBytesMax: 65536,
  encode,
  encodeCall,
});

/**
 * As {@link readAt}, for a file opened with `O_DIRECT`: it is never in memory, and asking for it
 * without waiting would wait all the same.
 */
export const readDirectAt: OperationKind = defineOperation({
  name: "read",
  opcode: IORING_OP_READ,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode,
  encodeCall,
});
