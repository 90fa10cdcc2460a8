import { Runtime } from "@bascule/core";
import {
  familyNumber,
  type InternetAddress,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from "@bascule/sys";
import { checkBacklog, checkPort } from "./arguments.ts";
import { socketError } from "./errors.ts";
import { resolve } from "./resolve.ts";
import { StreamListener } from "./stream-listener.ts";
import { systemOf } from "./system.ts";
import { TcpStream } from "./tcp-stream.ts";

const BACKLOG = 4096;

/** Options of {@link TcpListener.bind}. */
export interface TcpListenOptions {
  /** 0, the default, takes a free one: see `address`. */
  port?: number;
  /** A name or an IP address; 127.0.0.1. `::` takes IPv4 connections too. */
  hostname?: string;
  /** Connections that may wait in the kernel; 4096, or less where the system allows less. */
  backlog?: number;
  /** Several processes may listen on the same port: `SO_REUSEPORT`, socket(7). */
  reusePort?: boolean;
}

/**
 * Accepts TCP connections.
 * @example
 * ```ts
 * import { spawn } from "@bascule/core";
 * import { TcpListener, TcpStream } from "@bascule/net";
 * await using listener = await TcpListener.bind({ port: 0 });
 * const echo = spawn(async () => {
 *   await using socket = await listener.accept();
 *   for await (const chunk of socket) await socket.write(chunk);
 * });
 * await using client = await TcpStream.connect({ port: listener.address.port });
 * await client.write("hello");
 * await client.closeWrite();
 * if ((await client.read())?.byteLength !== 5) throw new Error("no echo");
 * await echo;
 * ```
 */
export class TcpListener extends StreamListener<TcpStream, InternetAddress> {
  /**
   * Listens: socket(2), bind(2), listen(2).
   * @throws (rejects) SystemError (`listen EADDRINUSE: address already in use 127.0.0.1:6142`,
   *   `EACCES`, `EADDRNOTAVAIL`, `getaddrinfo ENOTFOUND host`); RangeError for a bad port or
   *   backlog
   */
  static override async bind(options: TcpListenOptions = {}): Promise<TcpListener> {
    const { port = 0, hostname = "127.0.0.1", reusePort = false } = options;
    checkPort(port, 0);
    const backlog = checkBacklog(options.backlog ?? BACKLOG);
    const runtime = Runtime.current();
    const [address] = await resolve(runtime, hostname, port);
    if (address === undefined)
      throw new TypeError(`Cannot listen on "${hostname}": it has no address`);
    const system = systemOf(runtime);
    const fd = system.createSocket(familyNumber(address), SOCK_STREAM);
    if (fd < 0) throw socketError(runtime, "socket", fd, address);
    try {
      const bound = listenOn(runtime, fd, address, backlog, reusePort);
      return new TcpListener(runtime, fd, bound);
    } catch (error) {
      system.closeDescriptor(fd);
      throw error;
    }
  }

  protected override makeStream(fd: number): TcpStream {
    const remote = systemOf(this.runtime).peerAddress(fd);
    // A peer that has gone already has no address any more; what it sent can still be read.
    const { family } = this.address;
    const unknown: InternetAddress = {
      family,
      address: family === "IPv4" ? "0.0.0.0" : "::",
      port: 0,
    };
    return TcpStream.fromDescriptor(
      this.runtime,
      fd,
      typeof remote === "number" ? unknown : remote,
      null,
    );
  }
}

function listenOn(
  runtime: Runtime,
  fd: number,
  address: InternetAddress,
  backlog: number,
  reusePort: boolean,
): InternetAddress {
  const system = systemOf(runtime);
  system.setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (reusePort) system.setSocketOption(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (address.family === "IPv6") system.setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  // Accepted sockets inherit it.
  system.setSocketOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  let result = system.bindSocket(fd, address);
  // Of a socket without an address listen(2) makes one that hears the whole network, on any port.
  if (result >= 0) result = system.listenSocket(fd, backlog);
  if (result < 0) throw socketError(runtime, "listen", result, address, true);
  const bound = system.localAddress(fd);
  if (typeof bound === "number") throw socketError(runtime, "getsockname", bound, address);
  return bound as InternetAddress;
}
