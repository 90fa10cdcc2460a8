import { basename, join } from "node:path";
import { listeningSockets, socketFolder } from "./socket-place.ts";
import { UsageError } from "./usage-error.ts";

const HOW = "start it with BASCULE_TOP=1";

/**
 * The socket that was asked for: by the number of its process, by its path, or as the only one.
 * @throws (rejects) UsageError when there is none, or more than one to choose from
 */
export async function choosePath(target: string | undefined): Promise<string> {
  if (target !== undefined && !/^\d+$/.test(target)) return target;
  const sockets = await listeningSockets();
  if (target !== undefined) {
    const path = join(socketFolder(), `${target}.sock`);
    if (sockets.includes(path)) return path;
    throw new UsageError(`Process ${target} cannot be looked into: ${HOW}`);
  }
  const [only, ...others] = sockets;
  if (only === undefined) throw new UsageError(`No program can be looked into: ${HOW}`);
  if (others.length === 0) return only;
  const names = sockets.map((path) => basename(path, ".sock")).join(", ");
  throw new UsageError(`There are ${sockets.length} programs, pass one of: ${names}`);
}
