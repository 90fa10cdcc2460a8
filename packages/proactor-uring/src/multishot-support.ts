import type { OperationKind } from "@bascule/core";
import { IORING_OP_ACCEPT, IORING_OP_POLL_ADD, IORING_OP_RECV } from "@bascule/sys";

/** Which kinds the kernel can complete many times for one submission. */
export interface MultishotSupport {
  readonly recv: boolean;
  readonly accept: boolean;
  readonly poll: boolean;
}

/** The kind to submit: itself, or its one-shot form where the kernel has no multishot. */
export function submittedForm(kind: OperationKind, support: MultishotSupport): OperationKind {
  if (kind.oneshot === null) return kind;
  return isSupported(kind.opcode, support) ? kind : kind.oneshot;
}

function isSupported(opcode: number, support: MultishotSupport): boolean {
  switch (opcode) {
    case IORING_OP_RECV:
      return support.recv;
    case IORING_OP_ACCEPT:
      return support.accept;
    case IORING_OP_POLL_ADD:
      return support.poll;
    default:
      return true;
  }
}
