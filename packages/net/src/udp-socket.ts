import { Descriptor, type Resource, Runtime, spendBudget, type WaitOptions } from "@bascule/core";
import {
  familyNumber,
  type InternetAddress,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_LOOP,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SO_BROADCAST,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOL_SOCKET,
} from "@bascule/sys";
import { checkConnectSignal, checkHops, checkPort, toDatagram } from "./arguments.ts";
import { CloseWait } from "./close-wait.ts";
import { connectAny } from "./connect.ts";
import { type Datagram, DatagramInbox, ReceiveWait } from "./datagram-inbox.ts";
import { DatagramOutbox } from "./datagram-outbox.ts";
import { describeAddress } from "./describe-address.ts";
import { closedError, socketError } from "./errors.ts";
import { type CloseOptions, heedSignal, type Linger, linger, lingerOf } from "./linger.ts";
import { known, resolve } from "./resolve.ts";
import { systemOf } from "./system.ts";
import { directly, hostOf, pick, type UdpTarget } from "./udp-target.ts";
import { untilClosed } from "./until-closed.ts";

/** Options of {@link UdpSocket.bind}. */
export interface UdpBindOptions {
  /** 0, the default, takes a free one: see `address`. */
  port?: number;
  /**
   * A name or an IP address; 127.0.0.1, from where only this machine is reached. `0.0.0.0` is every
   * address of it, and `::` takes IPv4 too, unless `ipv6Only` is set.
   */
  hostname?: string;
  /** The address may be taken by others who ask for it as well: `SO_REUSEADDR`, socket(7). */
  reuseAddress?: boolean;
  /** Several sockets share the port, and what comes to it: `SO_REUSEPORT`, socket(7). */
  reusePort?: boolean;
  /** A socket of IPv6 takes no IPv4: `IPV6_V6ONLY`, ipv6(7). */
  ipv6Only?: boolean;
}

/** Options of {@link UdpSocket.connect}. */
export interface UdpConnectOptions {
  port: number;
  /** A name or an IP address; 127.0.0.1. */
  hostname?: string;
  signal?: AbortSignal;
}

/**
 * A UDP socket. A datagram comes whole or not at all, and belongs to the socket until somebody
 * takes it: a `receive` that is aborted, times out or loses a `select` loses none. Once 64 KiB of
 * them are unread the socket receives no more, and the kernel drops what it has no room for.
 * @example
 * ```ts
 * import { UdpSocket } from "@bascule/net";
 * await using server = await UdpSocket.bind({ port: 0 });
 * await using client = await UdpSocket.connect({ port: server.address.port });
 * await client.send("ping");
 * const ping = await server.receive();
 * await server.send("pong", ping); // a datagram is the address of who sent it
 * const { data } = await client.receive();
 * if (new TextDecoder().decode(data) !== "pong") throw new Error("lost");
 * ```
 */
export class UdpSocket implements AsyncIterable<Datagram>, AsyncDisposable, Resource {
  readonly #runtime: Runtime;
  readonly #descriptor: Descriptor;
  readonly #inbox: DatagramInbox;
  readonly #outbox: DatagramOutbox;
  readonly #address: InternetAddress;
  readonly #remote: InternetAddress | null;
  readonly #isIpv6Only: boolean;
  #closing: Promise<void> | null = null;

  /** @param fd a bound, non-blocking socket, which belongs to this object from now on */
  private constructor(
    runtime: Runtime,
    fd: number,
    remote: InternetAddress | null,
    isIpv6Only: boolean,
  ) {
    const address = systemOf(runtime).localAddress(fd);
    if (typeof address === "number") throw socketError(runtime, "getsockname", address);
    this.#runtime = runtime;
    this.#address = address as InternetAddress;
    this.#remote = remote;
    this.#isIpv6Only = isIpv6Only;
    this.#descriptor = new Descriptor(fd);
    this.#descriptor.onClosed = () => runtime.unregister(this);
    this.#inbox = new DatagramInbox(runtime, this.#descriptor);
    this.#outbox = new DatagramOutbox(runtime, this.#descriptor);
    runtime.register(this);
  }

  /**
   * Makes a socket that receives from anybody and sends to anybody: socket(2), bind(2).
   * @throws (rejects) SystemError (`bind EADDRINUSE 127.0.0.1:53`, `EACCES`, `EADDRNOTAVAIL`,
   *   `getaddrinfo ENOTFOUND host`); RangeError for a bad port
   */
  static async bind(options: UdpBindOptions = {}): Promise<UdpSocket> {
    const { port = 0, hostname = "127.0.0.1", ipv6Only = false } = options;
    checkPort(port, 0);
    const runtime = Runtime.current();
    const [address] = await resolve(runtime, hostname, port);
    if (address === undefined) {
      throw new TypeError(`Cannot bind to "${hostname}": it has no address`);
    }
    const system = systemOf(runtime);
    const fd = system.createSocket(familyNumber(address), SOCK_DGRAM);
    if (fd < 0) throw socketError(runtime, "socket", fd, address);
    try {
      bindTo(runtime, fd, address, options);
      return new UdpSocket(runtime, fd, null, ipv6Only);
    } catch (error) {
      system.closeDescriptor(fd);
      throw error;
    }
  }

  /**
   * Makes a socket that sends to one address, and receives from that alone: connect(2). Nothing
   * goes over the network for it, so it succeeds whether or not somebody is there. An abort closes
   * the socket before it rejects.
   * @throws (rejects) SystemError (`connect ENETUNREACH 192.0.2.1:53`, `getaddrinfo ENOTFOUND
   *   host`); `signal.reason`; RangeError for a bad port
   */
  static async connect(options: UdpConnectOptions): Promise<UdpSocket> {
    const { port, hostname = "127.0.0.1", signal } = options;
    checkPort(port, 1);
    checkConnectSignal(signal);
    const runtime = Runtime.current();
    const { fd, address } = await connectAny(
      runtime,
      (lookup) => resolve(runtime, hostname, port, lookup),
      { signal, type: SOCK_DGRAM },
    );
    try {
      return new UdpSocket(runtime, fd, address as InternetAddress, false);
    } catch (error) {
      systemOf(runtime).closeDescriptor(fd);
      throw error;
    }
  }

  /** Where it receives; the port is the real one when 0 was asked. */
  get address(): InternetAddress {
    return this.#address;
  }

  /** What it is connected to; null for a socket of `bind`. */
  get remoteAddress(): InternetAddress | null {
    return this.#remote;
  }

  /** Whether `close` has been called, or the runtime has shut down. */
  get isClosed(): boolean {
    return this.#closing !== null || this.#descriptor.closing;
  }

  /** For snapshots and dumps of the runtime. */
  describe(): string {
    const to = this.#remote === null ? "" : ` to ${describeAddress(this.#remote)}`;
    return `${describeAddress(this.#address)}${to}, descriptor ${this.#descriptor.fd}`;
  }

  /**
   * Sends one datagram, copied at once; resolves when the kernel has taken it, which it does not
   * while the socket's buffer is full. That it arrives nobody promises. The system call is
   * sendmsg(2). Abort rejects with the reason, once the kernel has let go: the reason's
   * `bytesWritten` says whether the datagram went out, which of an empty one it cannot.
   *
   * @param to where to; a socket of `connect` takes none. A name is looked up at each call
   * @throws (rejects) SystemError (`send EMSGSIZE 127.0.0.1:53` beyond 65507 bytes, `EACCES` for a
   *   broadcast without `setBroadcast`, `ENETUNREACH`, `EINVAL` from 127.0.0.1 to elsewhere; on a
   *   connected socket `ECONNREFUSED` when nobody had the port that an earlier one went to);
   *   SocketClosedError after `close`; TypeError and RangeError for bad data, a bad address, one
   *   of the other family, or one too many or too few
   */
  async send(
    data: Uint8Array | string,
    to?: UdpTarget | null,
    options?: WaitOptions,
  ): Promise<void> {
    this.#checkOpen("send from");
    let bytes = toDatagram(data);
    const target = to ?? null;
    const remote = this.#remote;
    if (remote !== null) {
      if (target === null) return await this.#outbox.send(bytes, null, remote, options);
      const where = describeAddress(remote);
      throw new TypeError(`Cannot send to another address: the socket is connected to ${where}`);
    }
    if (target === null) {
      throw new TypeError("Cannot send without an address: the socket is not connected");
    }
    const reach = { family: this.#address.family, isIpv6Only: this.#isIpv6Only };
    let address = directly(target, reach);
    if (address === null) {
      const hostname = hostOf(target);
      // The program may use its array meanwhile, and `slice` of a Buffer copies nothing.
      bytes = new Uint8Array(bytes);
      address = pick(await resolve(this.#runtime, hostname, target.port, options), hostname, reach);
      this.#checkOpen("send from");
    }
    await this.#outbox.send(bytes, address, address, options);
  }

  /**
   * Waits for the next datagram: recvmsg(2). Abort rejects with the reason; a datagram that
   * arrives meanwhile is the next call's.
   * @throws (rejects) SystemError, after which the socket goes on: `recvmsg ECONNREFUSED` on a
   *   connected socket when nobody had the port that a datagram went to; SocketClosedError after
   *   `close`
   */
  receive(options?: WaitOptions): Promise<Datagram> {
    const inbox = this.#inbox;
    if (inbox.hasDatagram && inbox.firstWait === null && spendBudget(options)) {
      return Promise.resolve(inbox.take() as Datagram);
    }
    return new ReceiveWait(inbox, options).enqueue();
  }

  /**
   * Closes the socket. Sends that have begun are taken by the kernel first, for at most `lingerMs`,
   * and reject with SocketClosedError then, as pending receives do at once; datagrams that nobody
   * took are dropped. Resolves when the descriptor has gone back to the kernel: nothing is in
   * flight any more. An abort of the task does not cut it short; the signal does. Of several calls
   * the first one's `lingerMs` holds, and every one's signal.
   * @throws (rejects) RangeError for a bad `lingerMs`, TypeError for a bad signal, and nothing is
   *   closed then
   */
  close(options: CloseOptions = {}): Promise<void> {
    try {
      const lingering = lingerOf(options);
      if (this.#closing === null) this.#closing = this.#close(lingering);
      else heedSignal(lingering, this.#closing, () => this.#outbox.onDrained?.());
      return this.#closing;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Lets go without waiting. For the runtime's shutdown. */
  destroy(reason: unknown): void {
    this.#inbox.close(reason);
    this.#runtime.driver.ledger.close(this.#descriptor);
    this.#runtime.schedule();
  }

  /** The socket keeps the process alive while it receives (the default). */
  ref(): this {
    this.#inbox.setReferenced(true);
    return this;
  }

  /** The socket alone does not keep the process alive. */
  unref(): this {
    this.#inbox.setReferenced(false);
    return this;
  }

  /** Lets datagrams go to a broadcast address, or not (the default): `SO_BROADCAST`, socket(7). */
  setBroadcast(on: boolean): void {
    this.#setOption("setBroadcast", SOL_SOCKET, SO_BROADCAST, on ? 1 : 0);
  }

  /**
   * How many routers a datagram may pass, 1 to 255: `IP_TTL`, ip(7), or `IPV6_UNICAST_HOPS`.
   * @throws RangeError for another number; SocketClosedError after `close`; SystemError
   */
  setTTL(hops: number): void {
    this.#setHops("setTTL", IP_TTL, IPV6_UNICAST_HOPS, checkHops(hops, 1));
  }

  /**
   * The same for multicast, where 0 keeps datagrams on this machine and 1 is the default:
   * `IP_MULTICAST_TTL`, `IPV6_MULTICAST_HOPS`. Throws as {@link setTTL}.
   */
  setMulticastTTL(hops: number): void {
    this.#setHops("setMulticastTTL", IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS, checkHops(hops, 0));
  }

  /**
   * Whether this machine gets what this socket sends to a group that it is in (the default):
   * `IP_MULTICAST_LOOP`, `IPV6_MULTICAST_LOOP`.
   */
  setMulticastLoopback(on: boolean): void {
    this.#setHops("setMulticastLoopback", IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP, on ? 1 : 0);
  }

  /**
   * Receives what is sent to a multicast group: `IP_ADD_MEMBERSHIP`, `IPV6_JOIN_GROUP`. The socket
   * must be bound to the group's port, and to `0.0.0.0`, `::` or the group.
   *
   * @param group an IP address of the socket's family
   * @param through one of the interface's addresses, or for IPv6 any with its zone (`::%eth0`);
   *   without it the system chooses
   * @throws TypeError when these are not such addresses; SystemError (`addMembership EINVAL` for an
   *   address that is no group's, `ENODEV` for an interface that is not there, `EADDRINUSE` the
   *   second time); SocketClosedError after `close`
   */
  addMembership(group: string, through?: string): void {
    this.#setMembership("addMembership", true, group, through);
  }

  /**
   * Leaves a group; closing does so, too. Throws as {@link addMembership}, `EADDRNOTAVAIL` for a
   * group that it is not in.
   */
  dropMembership(group: string, through?: string): void {
    this.#setMembership("dropMembership", false, group, through);
  }

  /** Datagrams until the socket is closed, by whomever. Leaving the loop leaves it open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram, undefined> {
    return untilClosed(this, () => this.receive());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(lingering: Linger): Promise<void> {
    this.#inbox.close(closedError("receive from"));
    const outbox = this.#outbox;
    if (!outbox.isEmpty && !this.#descriptor.closing) {
      await linger(this.#runtime, lingering, (done) => {
        outbox.onDrained = done;
      });
    }
    if (!this.#descriptor.closing) this.destroy(closedError("receive from"));
    if (!this.#descriptor.closed) await new CloseWait(this.#descriptor).promise;
  }

  #setHops(call: string, inet: number, inet6: number, value: number): void {
    if (this.#address.family === "IPv4") this.#setOption(call, IPPROTO_IP, inet, value);
    else this.#setOption(call, IPPROTO_IPV6, inet6, value);
  }

  #setOption(call: string, level: number, option: number, value: number): void {
    this.#checkOpen("set an option of");
    const { fd } = this.#descriptor;
    this.#check(call, systemOf(this.#runtime).setSocketOption(fd, level, option, value));
  }

  #setMembership(call: string, joins: boolean, group: string, through: string | undefined): void {
    this.#checkOpen("set an option of");
    const at = this.#ownFamily(group);
    const by = through === undefined ? null : this.#ownFamily(through);
    const { fd } = this.#descriptor;
    this.#check(call, systemOf(this.#runtime).setMembership(fd, joins, at, by));
  }

  #ownFamily(text: string): InternetAddress {
    const { family } = this.#address;
    const address = known(text, 0)?.find((each) => each.family === family);
    if (address !== undefined) return address;
    throw new TypeError(`Cannot use address "${text}": pass an ${family} address, as the socket's`);
  }

  #check(call: string, result: number): void {
    if (result < 0) throw socketError(this.#runtime, call, result);
  }

  /** The number of a closed descriptor may be another socket's by now. */
  #checkOpen(action: string): void {
    if (this.isClosed) throw closedError(action);
  }
}

function bindTo(
  runtime: Runtime,
  fd: number,
  address: InternetAddress,
  { reuseAddress = false, reusePort = false, ipv6Only = false }: UdpBindOptions,
): void {
  const system = systemOf(runtime);
  if (reuseAddress) system.setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (reusePort) system.setSocketOption(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (address.family === "IPv6") {
    system.setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, ipv6Only ? 1 : 0);
  }
  const result = system.bindSocket(fd, address);
  if (result < 0) throw socketError(runtime, "bind", result, address);
}
