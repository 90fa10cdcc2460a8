import { libc, orErrno } from "../libc.ts";
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_WAITALL } from "../sockets.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_SEND, IOSQE_CQE_SKIP_SUCCESS } from "../uring/opcodes.ts";
import {
  defineOperation,
  READINESS_WRITABLE,
  WOULD_BLOCK,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";
import { AGAIN, INTERRUPTED } from "./results.ts";

/** What one send(2) takes at most: the ring refuses 2 GiB and more instead of taking a part. */
const SEND_BYTES_MAX = 0x7ffff000;
const HEADER: number = entryHeader(IORING_OP_SEND, 0, 0);
const SILENT_HEADER: number = entryHeader(IORING_OP_SEND, IOSQE_CQE_SKIP_SUCCESS, 0);
/** Never waits; what takes only a part counts as failed, so that it is told. */
const SILENT_FLAGS: number = MSG_NOSIGNAL | MSG_DONTWAIT | MSG_WAITALL;

function attempt(frame: OperationFrame): number {
  const flags = frame.flags | MSG_NOSIGNAL;
  for (;;) {
    const result = orErrno(libc().send(frame.fd, frame.address, frame.length, flags));
    if (result >= 0) return result;
    if (result === AGAIN) return WOULD_BLOCK;
    if (result !== INTERRUPTED) return result;
  }
}

/**
 * Sends from memory: send(2), `IORING_OP_SEND`. `address` and `length` are the bytes, `flags` are
 * `MSG_*`; MSG_NOSIGNAL is always set. The result may be less than `length` in both forms, and the
 * caller sends the rest. The ring's form does without MSG_WAITALL, with which the kernel itself
 * goes on with a short send: when that fails it completes with the bytes that went out, and the
 * error, which a socket tells only once, is lost.
 */
export const send: OperationKind = defineOperation({
  name: "send",
  opcode: IORING_OP_SEND,
  readiness: READINESS_WRITABLE,
  attempt,
  encode(entries, base, frame) {
    const { fd, address } = frame;
    const length = Math.min(frame.length, SEND_BYTES_MAX);
    const flags = frame.flags | MSG_NOSIGNAL;
    writeEntry(entries, base, HEADER, fd, 0, address, length, flags, 0);
  },
  simulate(machine, { fd, address, length, flags }) {
    return machine.send(fd, address, length, flags);
  },
});

/**
 * Writes an entry that sends what fits in the socket's buffer while it is submitted. It completes
 * only when that is not all of it, with the number of bytes or `-errno`, EAGAIN for none. Needs
 * IORING_FEAT_CQE_SKIP, Linux 5.17.
 */
export function encodeSilentSend(
  entries: Int32Array,
  base: number,
  fd: number,
  address: number,
  length: number,
): void {
  writeEntry(entries, base, SILENT_HEADER, fd, 0, address, length, SILENT_FLAGS, 0);
}
