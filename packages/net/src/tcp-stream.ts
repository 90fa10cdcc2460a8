import { Runtime } from "@bascule/core";
import { IPPROTO_TCP, type SocketAddress, TCP_NODELAY } from "@bascule/sys";
import { checkConnectSignal, checkPort } from "./arguments.ts";
import { connectAny } from "./connect.ts";
import { socketError } from "./errors.ts";
import { resolve } from "./resolve.ts";
import { StreamSocket } from "./stream-socket.ts";
import { systemOf } from "./system.ts";

/** What the kernel takes as `TCP_KEEPCNT`. */
const PROBES_MAX = 127;
const INT_MAX = 2 ** 31 - 1;

/** Options of {@link TcpStream.connect}. */
export interface TcpConnectOptions {
  port: number;
  /** A name or an IP address; 127.0.0.1. Of a name every address is tried in turn. */
  hostname?: string;
  /** For the look-up and all addresses; without it the system's own time-outs hold. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Options of {@link TcpStream.setKeepAlive}; what is left out stays as the system has it. */
export interface TcpKeepAliveOptions {
  /** Silence before the first probe; rounded up to seconds. */
  idleMs?: number;
  /** Time between probes; rounded up to seconds. */
  intervalMs?: number;
  /** Probes without an answer after which the connection is dropped; 127 at most. */
  count?: number;
}

/**
 * A TCP connection. Nagle's algorithm is off: writes of one tick leave as one send anyway.
 * @example
 * ```ts
 * import { TcpListener, TcpStream } from "@bascule/net";
 * await using listener = await TcpListener.bind({ port: 0 });
 * await using client = await TcpStream.connect({ port: listener.address.port });
 * await using server = await listener.accept();
 * await client.write("hello");
 * const bytes = await server.read();
 * if (new TextDecoder().decode(bytes ?? undefined) !== "hello") throw new Error("lost");
 * ```
 */
export class TcpStream extends StreamSocket {
  /** @internal Use `connect` or a listener. */
  static fromDescriptor(
    runtime: Runtime,
    fd: number,
    remote: SocketAddress,
    local: SocketAddress | null,
  ): TcpStream {
    return new TcpStream(runtime, fd, remote, local);
  }

  /**
   * Connects: connect(2). An abort or a time-out closes the socket before it rejects.
   * @throws (rejects) SystemError (`connect ECONNREFUSED 127.0.0.1:1`, `getaddrinfo ENOTFOUND
   *   host`, `getaddrinfo EAI_AGAIN host` when no name server answers); an AggregateError with the
   *   first failure's `code` when a name has several addresses and none connects; TimeoutError;
   *   `signal.reason`; RangeError for a bad port
   */
  static async connect(options: TcpConnectOptions): Promise<TcpStream> {
    const { port, hostname = "127.0.0.1", timeoutMs, signal } = options;
    checkPort(port, 1);
    checkConnectSignal(signal);
    const runtime = Runtime.current();
    const wait = timeoutMs === undefined ? { signal } : { signal, timeoutMs };
    const { fd, address } = await connectAny(
      runtime,
      (lookup) => resolve(runtime, hostname, port, lookup),
      wait,
    );
    const system = systemOf(runtime);
    system.setSocketOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    try {
      return new TcpStream(runtime, fd, address, null);
    } catch (error) {
      system.closeDescriptor(fd);
      throw error;
    }
  }

  /**
   * Turns Nagle's algorithm off (`true`, the default state) or on: `TCP_NODELAY`, tcp(7).
   * @throws SocketClosedError after `close`
   */
  setNoDelay(on: boolean = true): void {
    this.checkOpen("set an option of");
    this.#check(
      "setsockopt",
      systemOf(this.runtime).setSocketOption(
        this.descriptor.fd,
        IPPROTO_TCP,
        TCP_NODELAY,
        on ? 1 : 0,
      ),
    );
  }

  /**
   * Has the kernel probe a silent peer, or not: `SO_KEEPALIVE`, tcp(7).
   * @throws SocketClosedError after `close`, RangeError for a bad time or count, SystemError for a
   *   time that the kernel does not take (over 32767 seconds)
   */
  setKeepAlive(options: TcpKeepAliveOptions | false): void {
    this.checkOpen("set an option of");
    const system = systemOf(this.runtime);
    if (options === false) {
      this.#check("setsockopt", system.setKeepAlive(this.descriptor.fd, false));
      return;
    }
    const { idleMs, intervalMs, count } = options;
    const inSeconds: { idleSeconds?: number; intervalSeconds?: number; count?: number } = {};
    if (idleMs !== undefined) inSeconds.idleSeconds = toSeconds(idleMs, "idleMs");
    if (intervalMs !== undefined) inSeconds.intervalSeconds = toSeconds(intervalMs, "intervalMs");
    if (count !== undefined) inSeconds.count = checkProbes(count);
    this.#check("setsockopt", system.setKeepAlive(this.descriptor.fd, inSeconds));
  }

  #check(syscall: string, result: number): void {
    if (result < 0) throw socketError(this.runtime, syscall, result, this.remoteAddress);
  }
}

function toSeconds(ms: number, name: string): number {
  if (!(ms > 0)) throw new RangeError(`Cannot use ${name} "${ms}": pass milliseconds above 0`);
  // The kernel refuses long before: so much would be another number by the time it looks.
  return Math.min(Math.ceil(ms / 1000), INT_MAX);
}

function checkProbes(count: number): number {
  if (!Number.isInteger(count) || count < 1 || count > PROBES_MAX) {
    throw new RangeError(
      `Cannot use count "${count}": pass a whole number from 1 to ${PROBES_MAX}`,
    );
  }
  return count;
}
