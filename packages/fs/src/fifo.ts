import type { WaitOptions } from "@bascule/core";
import { ENXIO, openAt } from "@bascule/sys";
import { Inotify } from "./inotify.ts";
import type { PathCall } from "./path-call.ts";
import { stat } from "./stat.ts";
import { systemOf } from "./system.ts";

/** Of inotify(7): somebody opened it. */
const IN_OPEN = 0x20;

/**
 * Opens a FIFO for writing once somebody reads it. The kernel would have a thread wait in
 * openat(2); this watches the path instead, so that an abort ends it at once.
 *
 * @param call an openat(2) that came back with `-ENXIO`
 * @returns the descriptor, or `-errno`; `-ENXIO` for what is no FIFO
 */
export async function waitForReader(
  call: PathCall,
  path: string | Uint8Array,
  options: WaitOptions | undefined,
): Promise<number> {
  if (!(await stat(path, { signal: options?.signal })).isFIFO()) return -ENXIO;
  const inotify = new Inotify(call.runtime);
  try {
    const added = inotify.add(call.frame.address, IN_OPEN);
    if (added < 0) return added;
    for (;;) {
      const result = await call.result(
        openAt,
        options,
        (fd) => void systemOf(call.runtime).closeDescriptor(fd),
      );
      if (result !== -ENXIO) return result;
      const events = await inotify.next(options);
      if (typeof events === "number") return events;
    }
  } finally {
    inotify.close();
  }
}
