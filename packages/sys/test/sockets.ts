import {
  accept,
  AF_INET,
  bindSocket,
  closeDescriptor,
  connect,
  createSocket,
  createSocketPair,
  encodeSocketAddress,
  errnoName,
  listenSocket,
  localAddress,
  mapMemory,
  SOCK_STREAM,
  systemError,
  type DescriptorPair,
  type MappedMemory,
  type OperationFrame,
  type SocketAddress,
} from "../src/index.ts";

/** A wrapper's answer that must not be `-errno`: the value, or a thrown error that names it. */
export function expectSuccess<T>(answer: T | number): Exclude<T, number> | (T & number) {
  if (typeof answer === "number" && answer < 0) throw systemError("test", answer);
  return answer as Exclude<T, number> | (T & number);
}

/** The errno's name of a result, for expectations that read well. */
export function nameOf(result: unknown): string {
  return typeof result === "number" && result < 0
    ? errnoName(result)
    : `not an error: ${String(result)}`;
}

/** A frame with the given fields and harmless ones elsewhere. */
export function frameOf(fields: Partial<OperationFrame>): OperationFrame {
  return { fd: -1, address: 0, length: 0, offset: 0, flags: 0, ...fields };
}

/** Descriptors and memory that are given back at the end of a `using` scope. */
export class Resources implements Disposable {
  readonly #descriptors = new Set<number>();
  readonly #mappings: MappedMemory[] = [];

  descriptor(fd: number): number {
    this.#descriptors.add(expectSuccess(fd));
    return fd;
  }

  pair(pair: DescriptorPair | number): DescriptorPair {
    const { first, second } = expectSuccess(pair);
    return { first: this.descriptor(first), second: this.descriptor(second) };
  }

  socketPair(): DescriptorPair {
    return this.pair(createSocketPair());
  }

  memory(byteLength: number = 4096): MappedMemory {
    const memory = mapMemory(byteLength);
    this.#mappings.push(memory);
    return memory;
  }

  /** A listener on a free port of the loopback, and its address. */
  listener(address: SocketAddress = LOOPBACK): { fd: number; address: SocketAddress } {
    const family = address.family === "unix" ? 1 : AF_INET;
    const fd = this.descriptor(createSocket(family, SOCK_STREAM));
    expectSuccess(bindSocket(fd, address));
    expectSuccess(listenSocket(fd, 16));
    return { fd, address: expectSuccess(localAddress(fd)) };
  }

  /** A frame that connects a new socket to an address. */
  connecting(address: SocketAddress): OperationFrame {
    const fd = this.descriptor(createSocket(address.family === "unix" ? 1 : AF_INET, SOCK_STREAM));
    const memory = this.memory(128);
    const length = encodeSocketAddress(address, memory.bytes);
    return frameOf({ fd, address: memory.address, length });
  }

  /** A TCP connection over the loopback: `first` connected, `second` was accepted. */
  tcpPair(): DescriptorPair {
    const { fd, address } = this.listener();
    const frame = this.connecting(address);
    connect.attempt(frame);
    return { first: frame.fd, second: this.descriptor(accept.attempt(frameOf({ fd }))) };
  }

  /** Closes one early. */
  close(fd: number): void {
    this.#descriptors.delete(fd);
    expectSuccess(closeDescriptor(fd));
  }

  [Symbol.dispose](): void {
    for (const fd of this.#descriptors) closeDescriptor(fd);
    for (const memory of this.#mappings) memory.unmap();
  }
}

export const LOOPBACK: SocketAddress = { family: "IPv4", address: "127.0.0.1", port: 0 };
