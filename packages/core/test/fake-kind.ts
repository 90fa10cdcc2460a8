import type { OperationKind } from "../src/index.ts";

/** A kind of operation that no driver could carry out: for tests of the life-cycle alone. */
export function fakeKind(name: string = "fake"): OperationKind {
  return {
    name,
    opcode: 0,
    readiness: 0,
    multishot: false,
    selectsBuffer: false,
    encodeCall: null,
    attemptsFirst: false,
    attemptBytesMax: 0,
    attempt: () => 0,
    encode: () => undefined,
    simulate: () => 0,
    oneshot: null,
  };
}
