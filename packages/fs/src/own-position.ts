import type { OperationFrame, OperationKind, Runtime } from "@bascule/core";
import { typeOfDescriptor } from "./file-type.ts";
import { performLater, type Surroundings } from "./perform.ts";
import { systemOf } from "./system.ts";

/**
 * As {@link performLater}, for a regular file at its own position. A ring that is cut short by an
 * error (a full disk, a limit on files) tries the rest again by itself, answers with what it has
 * written, and then leaves the file's position where it was, since the last thing it heard of was
 * the error: the next write would overwrite what has just been written. Linux up to 6.18 at least,
 * `kiocb_done` in `io_uring/rw.c`.
 * @param isAppending whether the file was opened with `O_APPEND`
 */
export async function performAtPosition(
  runtime: Runtime,
  kind: OperationKind,
  frame: OperationFrame,
  surroundings: Surroundings,
  isAppending: boolean,
): Promise<number> {
  const { fd, length } = frame;
  const system = systemOf(runtime);
  const start = system.movePosition(fd, 0);
  const mend = (result: number): void => {
    const isShort = result > 0 && result < length;
    if (!isShort || system.movePosition(fd, 0) !== start) return;
    system.movePosition(fd, isAppending ? typeOfDescriptor(runtime, fd).size - start : result);
  };
  const discard = (result: number): void => {
    mend(result);
    surroundings.discard?.(result);
  };
  const result = await performLater(runtime, kind, frame, { ...surroundings, discard });
  mend(result);
  return result;
}
