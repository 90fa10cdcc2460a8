import { Runtime } from "@bascule/core";
import { type SocketAddress, type UnixAddress } from "@bascule/sys";
import { checkConnectSignal } from "./arguments.ts";
import { connectAny } from "./connect.ts";
import { StreamSocket } from "./stream-socket.ts";
import { systemOf } from "./system.ts";

/** Options of {@link UnixStream.connect}. */
export interface UnixConnectOptions {
  /** A file's path, or `"\0name"` in Linux's abstract namespace. */
  path: string;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** A connection over a Unix socket: unix(7). */
export class UnixStream extends StreamSocket {
  /** @internal Use `connect` or a listener. */
  static fromDescriptor(
    runtime: Runtime,
    fd: number,
    remote: SocketAddress,
    local: SocketAddress,
  ): UnixStream {
    return new UnixStream(runtime, fd, remote, local);
  }

  /**
   * Connects: connect(2).
   * @throws (rejects) SystemError (`connect ENOENT /run/x.sock`, `ECONNREFUSED`, `EACCES`, `EAGAIN`
   *   when the listener's backlog is full); RangeError when the path is too long for a socket (107
   *   bytes); TypeError for a path with a null byte; TimeoutError; `signal.reason`
   */
  static async connect(options: UnixConnectOptions): Promise<UnixStream> {
    const { path, timeoutMs, signal } = options;
    checkConnectSignal(signal);
    const runtime = Runtime.current();
    const address = unixAddress(path);
    const wait = timeoutMs === undefined ? { signal } : { signal, timeoutMs };
    const { fd } = await connectAny(runtime, async () => [address], wait);
    try {
      return new UnixStream(runtime, fd, address, { family: "unix", path: "" });
    } catch (error) {
      systemOf(runtime).closeDescriptor(fd);
      throw error;
    }
  }
}

/** Checks that something was passed; the rest is checked where the address is encoded. */
export function unixAddress(path: string): UnixAddress {
  if (typeof path !== "string" || path === "") {
    throw new TypeError(`Cannot use socket path "${path}": pass a path that is not empty`);
  }
  return { family: "unix", path };
}
