import { type SystemAddress } from "@bascule/core";
import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAGAIN,
  ECONNREFUSED,
  EHOSTUNREACH,
  EINVAL,
  EISCONN,
  ETIMEDOUT,
} from "../errno.ts";
import type { WorldState } from "../world-state.ts";
import { Cables } from "./cables.ts";
import type { DatagramPorts } from "./datagram-ports.ts";
import { End } from "./end.ts";
import { plainName } from "./host-names.ts";
import { Lane } from "./lane.ts";
import type { Ports } from "./ports.ts";
import { isLoopback, isWildcard, unmapped } from "./socket-address.ts";
import type { Incoming, Socket } from "./socket.ts";

/** How long a connection is tried for: `tcp_syn_retries` on Linux. */
const CONNECT_GIVE_UP_MS = 131_000;
/** How long a client waits before it knocks again where nobody has answered. */
const KNOCK_AGAIN_MS = 1000;

/** A host as the network knows it. */
export interface NetworkHost {
  readonly name: string;
  /** Its IPv4 address. */
  readonly address: string;
  ports: Ports;
  datagramPorts: DatagramPorts;
}

/** A connection between its first packet and its last. */
interface Attempt {
  readonly client: Socket;
  readonly host: NetworkHost;
  readonly target: NetworkHost;
  readonly remote: SystemAddress & { family: "IPv4" | "IPv6" };
  readonly there: Lane;
  readonly back: Lane;
  readonly ends: readonly [End, End];
}

/** Hosts with addresses, and the connections between them. */
export class Network {
  readonly cables: Cables = new Cables();
  readonly #world: WorldState;
  /** By address. */
  readonly #hosts: Map<string, NetworkHost> = new Map();
  /** By name, as {@link plainName} has it. */
  readonly #addresses: Map<string, string> = new Map();

  constructor(world: WorldState) {
    this.#world = world;
  }

  add(host: NetworkHost): void {
    this.#hosts.set(host.address, host);
    this.#addresses.set(plainName(host.name), host.address);
  }

  /** The address of a name, or null. */
  lookup(name: string): string | null {
    return this.#addresses.get(plainName(name)) ?? null;
  }

  /** Whose address it is, if anybody's. */
  hostAt(address: string): NetworkHost | null {
    return this.#hosts.get(address) ?? null;
  }

  /** bind(2) for an internet address. */
  bind(host: NetworkHost, socket: Socket, address: SystemAddress): number {
    if (address.family === "unix" || socket.local !== null) return -EINVAL;
    const bare = unmapped(address.address);
    if (!isWildcard(bare) && !isLoopback(bare) && bare !== host.address) return -EADDRNOTAVAIL;
    if (address.port !== 0 && host.ports.isTaken(bare, address.port, socket.reusesPort)) {
      return -EADDRINUSE;
    }
    const port = address.port === 0 ? host.ports.pick() : address.port;
    if (port === 0) return -EADDRINUSE;
    host.ports.bind(socket, port);
    socket.local = { ...address, port };
    return 0;
  }

  /** connect(2) for an internet address: begins, and says how it came out when asked again. */
  connect(host: NetworkHost, client: Socket, remote: SystemAddress): number {
    if (!client.isFresh) return client.connectResult();
    if (remote.family === "unix") return -EINVAL;
    if (client.queue !== null) return -EISCONN;
    const bare = unmapped(remote.address);
    const target = isLoopback(bare) || isWildcard(bare) ? host : this.#hosts.get(bare);
    if (target === undefined) return -EHOSTUNREACH;
    if (client.local === null) {
      const source = target === host ? (isWildcard(bare) ? "127.0.0.1" : bare) : host.address;
      const port = host.ports.pick();
      if (port === 0) return -EADDRNOTAVAIL;
      host.ports.bind(client, port);
      client.local = { family: remote.family, address: source, port };
    }
    const world = this.#world;
    const there = new Lane(world, this.cables, host.name, target.name);
    const back = new Lane(world, this.cables, target.name, host.name);
    const ends = this.#join(there, back, false);
    client.connecting(remote, ends[0]);
    // Whichever way the silence is. Harmless once there is an answer.
    world.after(CONNECT_GIVE_UP_MS, () => client.refused(ETIMEDOUT));
    this.#knock({ client, host, target, remote, there, back, ends });
    return client.connectResult();
  }

  /** connect(2) to a Unix socket, which is done at once. */
  connectUnix(host: NetworkHost, client: Socket, listener: Socket | null): number {
    if (!client.isFresh) return client.connectResult();
    if (listener === null || listener.queue === null || listener.isClosed) return -ECONNREFUSED;
    if (listener.queue.length > listener.backlog) return -EAGAIN;
    const there = new Lane(this.#world, this.cables, host.name, host.name);
    const back = new Lane(this.#world, this.cables, host.name, host.name);
    const [mine, theirs] = this.#join(there, back, true);
    const unnamed: SystemAddress = { family: "unix", path: "" };
    const local = listener.local ?? unnamed;
    client.local ??= unnamed;
    client.connecting(local, mine);
    listener.enqueue({ end: theirs, local, remote: client.local });
    client.established();
    return 0;
  }

  #join(there: Lane, back: Lane, isUnix: boolean): [End, End] {
    const { choices, faults } = this.#world;
    const [min, max] = faults.socketBufferBytes;
    // The calm choice is the roomy one.
    const capacity = Math.round(max - (choices.between(min, max) - min));
    const ends: [End, End] = [new End(there, capacity, isUnix), new End(back, capacity, isUnix)];
    End.join(...ends);
    return ends;
  }

  #knock(attempt: Attempt): void {
    attempt.there.send(0, () => this.#arrive(attempt));
  }

  /** The first packet has arrived where somebody may listen. */
  #arrive(attempt: Attempt): void {
    const { client, host, target, remote, back, ends } = attempt;
    const world = this.#world;
    if (!client.isConnecting) return;
    const listeners = target.ports.listenersAt(unmapped(remote.address), remote.port);
    const isRefused = listeners.length === 0 || world.choices.chance(world.faults.refusals);
    const where = `${host.name} → ${target.name}:${remote.port}`;
    if (isRefused) {
      world.note(target.name, "refuse", where);
      const refuse = (): void => client.refused(ECONNREFUSED);
      back.send(0, refuse, () => this.#knockAgain(attempt));
      return;
    }
    const listener = listeners[world.choices.choose(listeners.length)];
    if (listener === undefined || (listener.queue?.length ?? 0) > listener.backlog) {
      world.note(target.name, "backlog full", where);
      world.after(KNOCK_AGAIN_MS, () => this.#knock(attempt));
      return;
    }
    world.note(target.name, "connect", where);
    const isSix = listener.local?.family === "IPv6" && client.local?.family === "IPv4";
    listener.enqueue(incomingOf(attempt, isSix));
    const agree = (): void => {
      // Whoever knocked may have gone away meanwhile.
      if (client.isConnecting) client.established();
      else ends[0].turnAway();
    };
    back.send(0, agree, () => this.#knockAgain(attempt));
  }

  /** The answer was lost with the host that gave it, and what that knew of the connection. */
  #knockAgain(attempt: Attempt): void {
    const { client, remote, there, back } = attempt;
    if (!client.isConnecting) return;
    const ends = this.#join(there, back, false);
    client.connecting(remote, ends[0]);
    this.#world.after(KNOCK_AGAIN_MS, () => this.#knock({ ...attempt, ends }));
  }
}

function incomingOf({ client, remote, ends }: Attempt, isSix: boolean): Incoming {
  const local: SystemAddress = remote;
  const source = client.local ?? remote;
  return {
    end: ends[1],
    local: isSix ? inSix(local) : local,
    remote: isSix ? inSix(source) : source,
  };
}

/** An IPv4 address as a socket that listens on `::` sees it. */
function inSix(address: SystemAddress): SystemAddress {
  if (address.family !== "IPv4") return address;
  return { family: "IPv6", address: `::ffff:${address.address}`, port: address.port };
}
