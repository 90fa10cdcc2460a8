import { type Operation, type OperationKind, Runtime } from "@bascule/core";
import { EINTR, nop, readAt, readDirectAt, writeAt, writeDirectAt } from "@bascule/sys";
import type { Random } from "./random.ts";

const TRANSFERS: readonly OperationKind[] = [readAt, readDirectAt, writeAt, writeDirectAt];

/** What has been done to a runtime's operations so far. */
export interface Faults {
  interrupted: number;
  shortened: number;
}

/**
 * Makes a runtime's driver interrupt every other operation on a file, in place of carrying it out,
 * and cut reads and writes short, as a signal or a network file system would. What is cut short is
 * carried out by the kernel, only with fewer bytes: what is found in the file afterwards is real.
 * @param boundary bytes that the lengths of shortened transfers are multiples of
 */
export function injectFaults(random: Random, boundary: number = 1): Faults {
  const { driver } = Runtime.current();
  const { ledger } = driver;
  const faults: Faults = { interrupted: 0, shortened: 0 };
  const interrupted = new Set<Operation>();
  const submit = driver.submit.bind(driver);
  driver.submit = (operation) => {
    const { kind } = operation;
    if (kind !== null && kind.encodeCall !== null && random.chance(0.5)) {
      faults.interrupted++;
      interrupted.add(operation);
      operation.kind = nop;
    } else if (kind !== null && TRANSFERS.includes(kind) && operation.length > boundary) {
      faults.shortened++;
      const pieces = Math.floor(operation.length / boundary);
      operation.length = random.between(1, pieces) * boundary;
    }
    submit(operation);
  };
  const deliver = ledger.deliver.bind(ledger);
  ledger.deliver = (operation, result, more, bufferId) => {
    const isInterrupted = interrupted.delete(operation) && result >= 0;
    deliver(operation, isInterrupted ? -EINTR : result, more, bufferId);
  };
  return faults;
}
