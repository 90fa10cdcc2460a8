import {
  type Descriptor,
  type OperationFrame,
  type OperationKind,
  OperationWait,
  type Runtime,
  spendBudget,
  WOULD_BLOCK,
  type WaitOptions,
} from "@bascule/core";
import { EINTR } from "@bascule/sys";
import { attempt } from "./system.ts";

/** What surrounds an operation. */
export interface Surroundings {
  /** What the operation holds open while it is in flight. */
  readonly descriptor?: Descriptor | undefined;
  /** Memory of JavaScript's that the kernel may touch. */
  readonly root?: unknown;
  readonly options?: WaitOptions | undefined;
  /** Told of a result `>= 0` that nobody waits for any more. */
  readonly discard?: ((result: number) => void) | undefined;
}

/**
 * Makes a system call about files: at once when it need not wait, through the driver otherwise.
 * Rejects only when the kernel has let go of all memory, so that the caller may free it.
 * @returns `>= 0` or `-errno`
 */
export function perform(
  runtime: Runtime,
  kind: OperationKind,
  frame: OperationFrame,
  surroundings: Surroundings,
): number | Promise<number> {
  if (spendBudget(surroundings.options)) {
    const result = attempt(runtime, kind, frame);
    if (result !== WOULD_BLOCK) return result;
  }
  return performLater(runtime, kind, frame, surroundings);
}

/** As {@link perform}, for what would wait. The frame may be used for something else meanwhile. */
export async function performLater(
  runtime: Runtime,
  kind: OperationKind,
  frame: OperationFrame,
  surroundings: Surroundings,
): Promise<number> {
  const { fd, address, length, offset, flags } = frame;
  for (;;) {
    const wait = new OperationWait(runtime, surroundings.options);
    const operation = wait.prepare(kind, surroundings.descriptor ?? null);
    if (operation !== null) {
      operation.fd = fd;
      operation.address = address;
      operation.length = length;
      operation.offset = offset;
      operation.flags = flags;
      operation.root = surroundings.root ?? null;
      wait.discard = surroundings.discard ?? null;
      wait.submit(operation);
    }
    const result = await wait.promise;
    if (result !== -EINTR) return result;
  }
}
