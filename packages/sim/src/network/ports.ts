import type { SystemAddress } from "@bascule/core";
import { EphemeralPorts } from "./ephemeral-ports.ts";
import { isWildcard, unmapped } from "./socket-address.ts";
import type { Socket } from "./socket.ts";

/** Which sockets of a host are bound, and to what. */
export class Ports {
  readonly #bound: Map<number, Socket[]> = new Map();
  readonly #ephemeral: EphemeralPorts = new EphemeralPorts();

  /** Whether an address is taken by a socket that does not share it. */
  isTaken(address: string, port: number, reusesPort: boolean): boolean {
    const others = this.#bound.get(port) ?? [];
    return others.some(
      (other) =>
        overlap(addressOf(other), address) &&
        !(other.reusesPort && reusesPort) &&
        other.queue !== null,
    );
  }

  /** A port that nobody has; 0 when there is none. */
  pick(): number {
    return this.#ephemeral.pick(this.#bound);
  }

  bind(socket: Socket, port: number): void {
    const others = this.#bound.get(port);
    if (others === undefined) this.#bound.set(port, [socket]);
    else others.push(socket);
  }

  release(socket: Socket): void {
    const { local } = socket;
    if (local === null || local.family === "unix") return;
    const left = (this.#bound.get(local.port) ?? []).filter((other) => other !== socket);
    if (left.length === 0) this.#bound.delete(local.port);
    else this.#bound.set(local.port, left);
  }

  /** Those that listen where a connection goes. */
  listenersAt(address: string, port: number): Socket[] {
    const bound = this.#bound.get(port) ?? [];
    return bound.filter((socket) => socket.queue !== null && overlap(addressOf(socket), address));
  }
}

function addressOf(socket: Socket): string {
  const local: SystemAddress | null = socket.local;
  return local === null || local.family === "unix" ? "" : local.address;
}

/** Whether a connection to one would reach the other. `::` takes IPv4 as well. */
function overlap(one: string, other: string): boolean {
  if (unmapped(one) === unmapped(other)) return true;
  const isV4 = (address: string): boolean => !unmapped(address).includes(":");
  if (isWildcard(one)) return one === "::" || isV4(other);
  return isWildcard(other) && (other === "::" || isV4(one));
}
