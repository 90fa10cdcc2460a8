import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader } from "../uring/entry.ts";
import { IORING_OP_WRITE, IOSQE_ASYNC } from "../uring/opcodes.ts";
import { attemptNever, attemptTransfer, INLINE_BYTES_MAX, writeTransfer } from "./file-attempt.ts";
import { writeVector } from "../vectored.ts";
import {
  defineOperation,
  READINESS_NONE,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_WRITE, 0, 0);
/** A kernel thread copies: a call that submits would be held up for as long as it takes. */
const THREAD_HEADER: number = entryHeader(IORING_OP_WRITE, IOSQE_ASYNC, 0);

function encode(entries: Int32Array, base: number, frame: OperationFrame): void {
  const header = frame.length > INLINE_BYTES_MAX ? THREAD_HEADER : HEADER;
  writeTransfer(entries, base, header, frame);
}

function encodeDirect(entries: Int32Array, base: number, frame: OperationFrame): void {
  writeTransfer(entries, base, HEADER, frame);
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
    return attemptTransfer(writeVector, frame);
  },
  encode,
  encodeCall,
  simulate(machine, { fd, address, length, offset }) {
    return machine.write(fd, address, length, offset);
  },
});

/** As {@link writeAt}, for a file opened with `O_DIRECT`, which always waits for the disk. */
export const writeDirectAt: OperationKind = defineOperation({
  name: "write",
  opcode: IORING_OP_WRITE,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode: encodeDirect,
  encodeCall,
  simulate(machine, { fd, address, length, offset }) {
    return machine.write(fd, address, length, offset);
  },
});
