import {
  type Descriptor,
  type OperationFrame,
  type OperationKind,
  OperationWait,
  Runtime,
  type WaitOptions,
} from "@bascule/core";
import { addressOf, AT_FDCWD } from "@bascule/sys";

/** What an operation of a test needs; memory is rooted for it. */
export interface FileFrame extends Partial<OperationFrame> {
  readonly descriptor?: Descriptor;
  readonly memory?: ArrayBuffer;
}

/** Starts an operation on the current runtime, and waits for its result. */
export function perform(
  kind: OperationKind,
  frame: FileFrame,
  options?: WaitOptions,
  discard: ((result: number) => void) | null = null,
): Promise<number> {
  const wait = new OperationWait(Runtime.current(), options);
  const operation = wait.prepare(kind, frame.descriptor ?? null);
  if (operation === null) return wait.promise;
  if (frame.descriptor === undefined) operation.fd = frame.fd ?? AT_FDCWD;
  if (frame.memory !== undefined) {
    operation.address = addressOf(frame.memory);
    operation.root = frame.memory;
  }
  operation.length = frame.length ?? 0;
  operation.offset = frame.offset ?? 0;
  operation.flags = frame.flags ?? 0;
  wait.discard = discard;
  wait.submit(operation);
  return wait.promise;
}

/** Closes through the ledger, as a file would. */
export function close(descriptor: Descriptor): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  descriptor.onClosed = resolve;
  Runtime.current().driver.ledger.close(descriptor);
  return promise;
}

/** A path as the kernel takes it. */
export function pathMemory(path: string): ArrayBuffer {
  const bytes = Buffer.from(`${path}\0`);
  const memory = new ArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  return memory;
}
