import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EAGAIN,
  ECONNREFUSED,
  EDESTADDRREQ,
  EHOSTUNREACH,
  EINVAL,
  EMSGSIZE,
} from "../errno.ts";
import type { WorldState } from "../world-state.ts";
import type { DatagramSocket, InternetAddress } from "./datagram-socket.ts";
import type { Network, NetworkHost } from "./network.ts";
import { isLoopback, isWildcard, unmapped } from "./socket-address.ts";

const BYTES_MAX = 65_507;

/** A datagram on its way. */
interface Datagram {
  readonly bytes: Uint8Array;
  readonly sender: DatagramSocket;
  readonly from: InternetAddress;
  readonly to: InternetAddress;
  readonly source: NetworkHost;
  readonly target: NetworkHost;
}

/**
 * UDP between hosts: each datagram goes its own way, as long as that takes, so that one may
 * overtake another; it may be lost, or come twice; where the way is cut it is lost. Within a host
 * it arrives at once.
 */
export class Datagrams {
  readonly #world: WorldState;
  readonly #network: Network;

  constructor(world: WorldState, network: Network) {
    this.#world = world;
    this.#network = network;
  }

  bind(host: NetworkHost, socket: DatagramSocket, address: InternetAddress): number {
    if (socket.local !== null) return -EINVAL;
    const bare = unmapped(address.address);
    if (!isWildcard(bare) && !isLoopback(bare) && bare !== host.address) return -EADDRNOTAVAIL;
    return host.datagramPorts.bind(socket, address) ? 0 : -EADDRINUSE;
  }

  /** connect(2): nothing goes over the network. */
  connect(host: NetworkHost, socket: DatagramSocket, to: InternetAddress): number {
    const target = this.#targetOf(host, to);
    if (typeof target === "number") return target;
    const address = this.#sourceOf(host, socket, target, to);
    if (typeof address === "number") return address;
    if (socket.local === null && !host.datagramPorts.bind(socket, { ...address, port: 0 })) {
      return -EAGAIN;
    }
    socket.remote = reachable(to);
    return 0;
  }

  /** @param address null for where the socket is connected to */
  send(
    source: NetworkHost,
    sender: DatagramSocket,
    bytes: Uint8Array,
    address: InternetAddress | null,
  ): number {
    const error = sender.takeError();
    if (error !== 0) return -error;
    const to = address === null ? sender.remote : reachable(address);
    if (to === null) return -EDESTADDRREQ;
    if (bytes.byteLength > BYTES_MAX) return -EMSGSIZE;
    if (to.port === 0) return -EINVAL;
    const target = this.#targetOf(source, to);
    if (typeof target === "number") return target;
    const from = this.#sourceOf(source, sender, target, to);
    if (typeof from === "number") return from;
    if (sender.local === null) {
      const any = { ...from, address: sender.isSix ? "::" : "0.0.0.0", port: 0 };
      if (!source.datagramPorts.bind(sender, any)) return -EAGAIN;
    }
    const port = sender.local?.port ?? 0;
    const copy = bytes.slice();
    this.#carry({ bytes: copy, sender, from: { ...from, port }, to, source, target });
    return bytes.byteLength;
  }

  #carry(datagram: Datagram): void {
    const { source, target } = datagram;
    if (source === target) {
      this.#arrive(datagram);
      return;
    }
    const { choices, faults } = this.#world;
    if (choices.chance(faults.lostDatagrams)) {
      this.#lose(datagram, "lost datagram");
      return;
    }
    const times = choices.chance(faults.repeatedDatagrams) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const [min, max] = faults.latencyMs;
      this.#world.after(choices.between(min, max), () => {
        if (this.#network.cables.isCut(source.name, target.name)) {
          this.#lose(datagram, "cut off datagram");
        } else this.#arrive(datagram);
      });
    }
  }

  #arrive(datagram: Datagram): void {
    const { bytes, from, to, target } = datagram;
    const receivers = target.datagramPorts.receiversOf(to, from);
    const { choices } = this.#world;
    const receiver = receivers[receivers.length > 1 ? choices.choose(receivers.length) : 0];
    if (receiver === undefined) this.#refuse(datagram);
    else if (!receiver.enqueue({ bytes, from })) this.#lose(datagram, "dropped datagram");
  }

  /** Nobody has the port: a connected sender is told, if the word comes through. */
  #refuse({ sender, source, target, to }: Datagram): void {
    const tell = (): void => {
      const isCut = this.#network.cables.isCut(target.name, source.name);
      if (sender.remote === to && !isCut) sender.fail(ECONNREFUSED);
    };
    if (source === target) {
      tell();
      return;
    }
    const [min, max] = this.#world.faults.latencyMs;
    this.#world.after(this.#world.choices.between(min, max), tell);
  }

  #lose({ source, target, to }: Datagram, how: string): void {
    this.#world.note(source.name, how, `${source.name} → ${target.name}:${to.port}`);
  }

  #targetOf(host: NetworkHost, { address }: InternetAddress): NetworkHost | number {
    const bare = unmapped(address);
    if (isLoopback(bare) || isWildcard(bare)) return host;
    return this.#network.hostAt(bare) ?? -EHOSTUNREACH;
  }

  /** The address, without a port, that a datagram comes from. */
  #sourceOf(
    host: NetworkHost,
    socket: DatagramSocket,
    target: NetworkHost,
    to: InternetAddress,
  ): InternetAddress | number {
    if (to.family === "IPv6" && !socket.isSix) return -EAFNOSUPPORT;
    const bare = unmapped(to.address);
    const { local } = socket;
    if (local !== null && !isWildcard(local.address)) {
      return target !== host && isLoopback(local.address) ? -EINVAL : local;
    }
    const isOwn = target === host && (isLoopback(bare) || isWildcard(bare));
    const loopback = bare === "::1" ? "::1" : "127.0.0.1";
    const plain = isOwn ? loopback : host.address;
    const isMapped = socket.isSix && !plain.includes(":");
    return {
      family: socket.isSix ? "IPv6" : "IPv4",
      address: isMapped ? `::ffff:${plain}` : plain,
      port: 0,
    };
  }
}

/** A wildcard as where to leads to the host itself. */
function reachable(to: InternetAddress): InternetAddress {
  if (!isWildcard(to.address)) return to;
  return { ...to, address: to.family === "IPv4" ? "127.0.0.1" : "::1" };
}
