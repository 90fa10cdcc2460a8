import { writeCall } from "../system-calls.ts";
import { entryHeader } from "../uring/entry.ts";
import { IOSQE_ASYNC } from "../uring/opcodes.ts";
import { attemptNever, INLINE_BYTES_MAX, writeTransfer } from "./file-attempt.ts";
import {
  type Attempt,
  defineOperation,
  READINESS_NONE,
  type OperationFrame,
  type OperationKind,
  type Simulate,
} from "./operation-kind.ts";

/** What sets reading and writing at a position apart. */
export interface TransferSpec {
  readonly name: string;
  readonly opcode: number;
  readonly attempt: Attempt;
  /** Number of the system call at a position, and of the one at the file's own. */
  readonly positional: number;
  readonly sequential: number;
  readonly attemptBytesMax?: number;
  readonly simulate: Simulate;
}

/** The same transfer for files that may be in memory, and for those opened with `O_DIRECT`. */
export interface Transfers {
  readonly cached: OperationKind;
  readonly direct: OperationKind;
}

/** Makes the kinds of a transfer between a file and memory, in all of their forms. */
export function defineTransfer(spec: TransferSpec): Transfers {
  const { name, opcode, positional, sequential, simulate } = spec;
  const header = entryHeader(opcode, 0, 0);
  // A kernel thread copies: a call that submits would be held up for as long as it takes.
  const threadHeader = entryHeader(opcode, IOSQE_ASYNC, 0);
  function encodeCall(frame: OperationFrame, call: Float64Array): void {
    const { fd, address, length, offset } = frame;
    if (offset < 0) writeCall(call, sequential, fd, address, length, 0, 0);
    else writeCall(call, positional, fd, address, length, offset, 0);
  }
  const common = { name, opcode, readiness: READINESS_NONE, encodeCall, simulate } as const;
  const cached = defineOperation({
    ...common,
    attempt: spec.attempt,
    attemptBytesMax: spec.attemptBytesMax ?? 0,
    encode: (entries, base, frame) => {
      const isLong = frame.length > INLINE_BYTES_MAX;
      writeTransfer(entries, base, isLong ? threadHeader : header, frame);
    },
  });
  const direct = defineOperation({
    ...common,
    attempt: attemptNever,
    encode: (entries, base, frame) => writeTransfer(entries, base, header, frame),
  });
  return { cached, direct };
}
