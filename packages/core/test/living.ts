import { setImmediate } from "node:timers/promises";

/** How many are left after a collection, which may take a few for alive that are on the stack. */
export async function countLiving(refs: readonly WeakRef<object>[]): Promise<number> {
  // What a reference was made to, or asked for, stays until the job is over.
  await setImmediate();
  Bun.gc(true);
  return refs.filter((ref) => ref.deref() !== undefined).length;
}
