import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader } from "../uring/entry.ts";
import { IORING_OP_READ, IOSQE_ASYNC } from "../uring/opcodes.ts";
import { attemptNever, attemptTransfer, INLINE_BYTES_MAX, writeTransfer } from "./file-attempt.ts";
import { readVector } from "../vectored.ts";
import {
  defineOperation,
  READINESS_NONE,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_READ, 0, 0);
/** A kernel thread copies: a call that submits would be held up for as long as it takes. */
const THREAD_HEADER: number = entryHeader(IORING_OP_READ, IOSQE_ASYNC, 0);

function encode(entries: Int32Array, base: number, frame: OperationFrame): void {
  const header = frame.length > INLINE_BYTES_MAX ? THREAD_HEADER : HEADER;
  writeTransfer(entries, base, header, frame);
}

function encodeDirect(entries: Int32Array, base: number, frame: OperationFrame): void {
  writeTransfer(entries, base, HEADER, frame);
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
    return attemptTransfer(readVector, frame);
  },
  attemptBytesMax: 65536,
  encode,
  encodeCall,
  simulate(machine, { fd, address, length, offset }) {
    return machine.read(fd, address, length, offset);
  },
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
  encode: encodeDirect,
  encodeCall,
  simulate(machine, { fd, address, length, offset }) {
    return machine.read(fd, address, length, offset);
  },
});
