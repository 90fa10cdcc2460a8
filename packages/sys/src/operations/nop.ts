import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_NOP } from "../uring/opcodes.ts";
import { defineOperation, READINESS_NONE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_NOP, 0, 0);

/** Does nothing and completes with 0: a way through the driver and back. */
export const nop: OperationKind = defineOperation({
  name: "nop",
  opcode: IORING_OP_NOP,
  readiness: READINESS_NONE,
  attempt() {
    return 0;
  },
  encode(entries, base) {
    writeEntry(entries, base, HEADER, -1, 0, 0, 0, 0, 0);
  },
  simulate() {
    return 0;
  },
});
