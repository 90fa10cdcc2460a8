import { resolve } from "node:path";
import { Runtime, shield, type System } from "@bascule/core";
import { AF_UNIX, EADDRINUSE, SOCK_STREAM, type UnixAddress } from "@bascule/sys";
import { checkBacklog } from "./arguments.ts";
import { connectSocket } from "./connect.ts";
import { socketError } from "./errors.ts";
import { StreamListener } from "./stream-listener.ts";
import { systemOf } from "./system.ts";
import { unixAddress, UnixStream } from "./unix-stream.ts";

const BACKLOG = 4096;

/** Options of {@link UnixListener.bind}. */
export interface UnixListenOptions {
  /** A file's path, or `"\0name"` in Linux's abstract namespace. */
  path: string;
  /** Permissions of the socket's file, as for chmod(2): 0o600 lets only the same user connect. */
  mode?: number;
  /**
   * Takes over a socket file that nobody listens on any more (left by a process that was killed).
   */
  unlinkStale?: boolean;
  /** Connections that may wait in the kernel; 4096, or less where the system allows less. */
  backlog?: number;
}

/**
 * Accepts connections over a Unix socket: unix(7). Closing it removes the socket's file, unless
 * another server has put its own there; `close` rejects when that is not possible, and the listener
 * is closed all the same.
 */
export class UnixListener extends StreamListener<UnixStream, UnixAddress> {
  /** What to remove, wherever the process may have changed its directory to by then. */
  readonly #path: string = placeOf(this.runtime, this.address.path);
  /** Which file that is; null when somebody was so quick to remove it, or it is a name. */
  readonly #file: string | null = fileAt(systemOf(this.runtime), this.#path);

  /**
   * Listens: socket(2), bind(2), listen(2).
   * @throws (rejects) SystemError (`listen EADDRINUSE: address already in use /run/x.sock`,
   *   `EACCES`, `ENOENT`); RangeError when the path is too long for a socket (107 bytes), or for a
   *   bad backlog; TypeError
   */
  static override async bind(options: UnixListenOptions): Promise<UnixListener> {
    const { path, mode, unlinkStale = false } = options;
    const backlog = checkBacklog(options.backlog ?? BACKLOG);
    const address = unixAddress(path);
    const runtime = Runtime.current();
    const system = systemOf(runtime);
    const fd = system.createSocket(AF_UNIX, SOCK_STREAM);
    if (fd < 0) throw socketError(runtime, "socket", fd, address);
    let isBound = false;
    try {
      let result = system.bindSocket(fd, address);
      if (result === -EADDRINUSE && unlinkStale && (await isStale(runtime, address))) {
        system.removeFile(path);
        result = system.bindSocket(fd, address);
      }
      isBound = result >= 0;
      if (isBound && mode !== undefined && !path.startsWith("\0")) system.setFileMode(path, mode);
      if (isBound) result = system.listenSocket(fd, backlog);
      if (result < 0) throw socketError(runtime, "listen", result, address, true);
      return new UnixListener(runtime, fd, address);
    } catch (error) {
      system.closeDescriptor(fd);
      if (isBound) removeFile(system, path);
      throw error;
    }
  }

  protected override makeStream(fd: number): UnixStream {
    const remote = systemOf(this.runtime).peerAddress(fd);
    const unnamed: UnixAddress = { family: "unix", path: "" };
    return UnixStream.fromDescriptor(
      this.runtime,
      fd,
      typeof remote === "number" ? unnamed : remote,
      this.address,
    );
  }

  protected override cleanUp(): void {
    const system = systemOf(this.runtime);
    // Another server may have put its own there meanwhile.
    if (this.#file !== null && fileAt(system, this.#path) === this.#file) {
      removeFile(system, this.#path);
    }
  }
}

/** An absolute path, unless it is a name, or of a machine with directories of its own. */
function placeOf(runtime: Runtime, path: string): string {
  return path.startsWith("\0") || runtime.driver.system !== undefined ? path : resolve(path);
}

/** Which socket's file is at a path; null when there is none. */
function fileAt(system: System, path: string): string | null {
  if (path.startsWith("\0")) return null;
  try {
    return system.socketFile(path);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
    return null;
  }
}

function removeFile(system: System, path: string): void {
  if (path.startsWith("\0")) return;
  try {
    system.removeFile(path);
  } catch (error) {
    // Somebody removed it first.
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}

/** Whether the path is a socket that refuses connections: its listener is gone. */
async function isStale(runtime: Runtime, address: UnixAddress): Promise<boolean> {
  if (fileAt(systemOf(runtime), address.path) === null) return false;
  // An abort does not end it: it says nothing about the listener, and a Unix socket never waits.
  const fd = await shield(() => connectSocket(runtime, address, undefined));
  if (typeof fd !== "number") return fd.code === "ECONNREFUSED";
  systemOf(runtime).closeDescriptor(fd);
  return false;
}
