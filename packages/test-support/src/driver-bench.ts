import {
  type CompletionListener,
  Descriptor,
  type Driver,
  type Operation,
  type OperationKind,
} from "@bascule/core";
import {
  accept,
  addressOf,
  AF_INET,
  bindSocket,
  closeDescriptor,
  connect,
  createSocket,
  createSocketPair,
  errnoName,
  listenSocket,
  localAddress,
  recv,
  send,
  SOCK_STREAM,
  type SocketAddress,
} from "@bascule/sys";
import { openDescriptors, openedSince } from "./descriptors.ts";
import { connectRaw, encoded, must } from "./raw-calls.ts";
import { Recorder } from "./recorder.ts";

const LIMIT_MS = 5000;

/** A driver with what a test opened on it; leaving it checks that nothing stays behind. */
export class DriverBench<D extends Driver> implements Disposable {
  readonly driver: D;
  readonly #before: readonly string[] = openDescriptors();
  readonly #descriptors: Descriptor[] = [];
  readonly #raw: number[] = [];
  /** What did not happen: an error beside it would hide it. */
  #failure: Error | null = null;

  /** @param open makes the driver; what is open before it must be all that is open in the end */
  constructor(open: () => D) {
    this.driver = open();
  }

  own(fd: number): Descriptor {
    const descriptor = new Descriptor(must(fd));
    this.#descriptors.push(descriptor);
    return descriptor;
  }

  /** A descriptor that only the test uses, with plain system calls. */
  keep(fd: number): number {
    this.#raw.push(must(fd));
    return fd;
  }

  /** A connected pair of Unix sockets: one for the driver, one for the test. */
  pair(): { ours: Descriptor; theirs: number } {
    const pair = createSocketPair();
    if (typeof pair === "number") throw new Error(errnoName(pair));
    return { ours: this.own(pair.first), theirs: this.keep(pair.second) };
  }

  listener(backlog: number = 128): { descriptor: Descriptor; address: SocketAddress } {
    const fd = createSocket(AF_INET, SOCK_STREAM);
    const descriptor = this.own(fd);
    must(bindSocket(fd, { family: "IPv4", address: "127.0.0.1", port: 0 }));
    must(listenSocket(fd, backlog));
    const address = localAddress(fd);
    if (typeof address === "number") throw new Error(errnoName(address));
    return { descriptor, address };
  }

  /** A TCP connection, both ends over loopback. */
  tcpPair(): { ours: Descriptor; theirs: number } {
    const { descriptor, address } = this.listener();
    const theirs = this.keep(createSocket(AF_INET, SOCK_STREAM));
    connectRaw(theirs, address);
    const accepted = new Recorder(this.driver);
    const operation = this.submit(accept, descriptor, accepted);
    this.turnUntil(() => accepted.completions.length === 1);
    this.driver.ledger.cancel(operation);
    this.turnUntil(() => accepted.finals === 1);
    this.driver.ledger.close(descriptor);
    return { ours: this.own(accepted.results[0] ?? -1), theirs };
  }

  submit(
    kind: OperationKind,
    descriptor: Descriptor | null,
    listener: CompletionListener,
    memory?: ArrayBuffer,
    flags: number = 0,
  ): Operation {
    const { ledger } = this.driver;
    const operation = ledger.prepare(kind, descriptor, listener);
    operation.flags = flags;
    if (memory !== undefined) {
      operation.address = addressOf(memory);
      operation.length = memory.byteLength;
      operation.root = memory;
    }
    ledger.submit(operation);
    return operation;
  }

  receive(descriptor: Descriptor, listener: CompletionListener): Operation {
    return this.submit(recv, descriptor, listener);
  }

  send(descriptor: Descriptor, listener: CompletionListener, memory: ArrayBuffer): Operation {
    return this.submit(send, descriptor, listener, memory);
  }

  connect(descriptor: Descriptor, listener: CompletionListener, to: SocketAddress): Operation {
    return this.submit(connect, descriptor, listener, encoded(to));
  }

  /** Turns until a condition holds, within a limit of time. */
  turnUntil(isDone: () => boolean): void {
    const deadline = performance.now() + LIMIT_MS;
    while (!isDone()) {
      if (performance.now() > deadline) {
        this.#failure = new Error("It did not happen in time");
        throw this.#failure;
      }
      this.driver.turn(100);
    }
  }

  [Symbol.dispose](): void {
    const { driver } = this;
    driver.ledger.cancelAll();
    this.turnUntil(() => driver.ledger.inFlight === 0);
    for (const descriptor of this.#descriptors) driver.ledger.close(descriptor);
    for (const fd of this.#raw) closeDescriptor(fd);
    driver.destroy({ leak: false });
    const left = openedSince(this.#before);
    if (left.length > 0 && this.#failure === null)
      throw new Error(`Descriptors stayed open: ${left.join("; ")}`);
  }
}
