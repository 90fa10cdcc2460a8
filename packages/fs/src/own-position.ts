import type { OperationFrame, OperationKind, Runtime } from "@bascule/core";
import { typeOfDescriptor } from "./file-type.ts";
import { performLater, type Surroundings } from "./perform.ts";
import { systemOf } from "./system.ts";

/**
 * As {@link performLater}, for a regular file at its own position. A ring moves that only for what
 * has ended when its call returns, Linux up to 6.18 at least, `kiocb_done` in `io_uring/rw.c`. Past
 * the page cache (`O_DIRECT`) the disk ends it later: the next read would give the same bytes. And
 * when it is cut short by an error (a full disk, a limit on files) it tries the rest again by
 * itself, and answers with what it has written, but the last thing it heard of was the error: the
 * next write would overwrite what has just been written.
 * @param isAppending whether it is a write of a file that was opened with `O_APPEND`
 */
export async function performAtPosition(
  runtime: Runtime,
  kind: OperationKind,
  frame: OperationFrame,
  surroundings: Surroundings,
  isAppending: boolean,
): Promise<number> {
  const { fd } = frame;
  const system = systemOf(runtime);
  const start = system.movePosition(fd, 0);
  const mend = (result: number): void => {
    if (result <= 0 || system.movePosition(fd, 0) !== start) return;
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
