import type { DatagramSocket, InternetAddress } from "./datagram-socket.ts";
import { EphemeralPorts } from "./ephemeral-ports.ts";

/** Which UDP sockets of a host are bound, and to what: TCP's ports are others. */
export class DatagramPorts {
  readonly #bound: Map<number, DatagramSocket[]> = new Map();
  readonly #ephemeral: EphemeralPorts = new EphemeralPorts();

  /** Binds a socket, to a port that nobody has when it is 0. @returns whether it was free */
  bind(socket: DatagramSocket, address: InternetAddress): boolean {
    const port = address.port === 0 ? this.#ephemeral.pick(this.#bound) : address.port;
    if (port === 0) return false;
    const others = this.#bound.get(port) ?? [];
    if (others.some((other) => isInTheWay(other, socket, address.address))) return false;
    this.#bound.set(port, [...others, socket]);
    socket.local = { ...address, port };
    return true;
  }

  release(socket: DatagramSocket): void {
    if (socket.local === null) return;
    const { port } = socket.local;
    const left = (this.#bound.get(port) ?? []).filter((other) => other !== socket);
    if (left.length === 0) this.#bound.delete(port);
    else this.#bound.set(port, left);
  }

  /** Those that a datagram may go to: where some are connected to its sender, one of these. */
  receiversOf(to: InternetAddress, from: InternetAddress): DatagramSocket[] {
    const bound = this.#bound.get(to.port) ?? [];
    const found = bound.filter((socket) => socket.isAt(to.address) && socket.hears(from));
    const connected = found.filter(({ remote }) => remote !== null);
    return connected.length > 0 ? connected : found;
  }
}

/** Whether a bound socket would get what another is to get, and does not share it. */
function isInTheWay(other: DatagramSocket, socket: DatagramSocket, address: string): boolean {
  if (other.reusesPort && socket.reusesPort) return false;
  if (other.reusesAddress && socket.reusesAddress) return false;
  return other.isAt(address) || socket.covers(address, other.local?.address ?? "");
}
