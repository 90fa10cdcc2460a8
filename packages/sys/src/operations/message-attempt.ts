import { orErrno } from "../libc.ts";
import { type OperationFrame, WOULD_BLOCK } from "./operation-kind.ts";
import { AGAIN, INTERRUPTED } from "./results.ts";

/** recvmsg(2) or sendmsg(2), whose header's address is the frame's `offset`. */
type MessageCall = (fd: number, header: number, flags: number) => number;

/** Makes the call without waiting, again where a signal came in between. */
export function attemptMessage(call: MessageCall, frame: OperationFrame, flags: number): number {
  for (;;) {
    const result = orErrno(call(frame.fd, frame.offset, flags));
    if (result >= 0) return result;
    if (result === AGAIN) return WOULD_BLOCK;
    if (result !== INTERRUPTED) return result;
  }
}
