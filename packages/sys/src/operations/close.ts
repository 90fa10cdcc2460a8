import { closeDescriptor } from "../descriptors.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_CLOSE } from "../uring/opcodes.ts";
import { defineOperation, READINESS_NONE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_CLOSE, 0, 0);

/** Closes `fd`: close(2). The descriptor is gone whatever the result; no operation may hold it. */
export const close: OperationKind = defineOperation({
  name: "close",
  opcode: IORING_OP_CLOSE,
  readiness: READINESS_NONE,
  attempt(frame) {
    return closeDescriptor(frame.fd);
  },
  encode(entries, base, frame) {
    writeEntry(entries, base, HEADER, frame.fd, 0, 0, 0, 0, 0);
  },
  simulate(machine, { fd }) {
    return machine.close(fd);
  },
});
