import { test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import {
  type CompletionListener,
  Descriptor,
  type DriverOptions,
  type Operation,
  type OperationKind,
  type Unavailability,
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
  encodeSocketAddress,
  errnoName,
  listenSocket,
  localAddress,
  poll,
  POLLIN,
  readDescriptor,
  recv,
  send,
  SOCK_STREAM,
  SOCKET_ADDRESS_BYTES_MAX,
  type SocketAddress,
  WOULD_BLOCK,
  writeDescriptor,
} from "@bascule/sys";
import factory, { UringDriver } from "../src/index.ts";

const LIMIT_MS = 5000;

/** Why there is no io_uring here, or null. */
export const problem: Unavailability | null = factory.probe();
if (problem !== null) process.stderr.write(`Tests of io_uring are skipped: ${problem.cause}\n`);

/** A test that needs io_uring. */
export const uringTest: typeof test = problem === null ? test : test.skipIf(true);

/** Every way in which the driver does without a feature, and the one where it needs none. */
export const CONFIGURATIONS: readonly { readonly title: string; readonly without: string[] }[] = [
  { title: "everything", without: [] },
  { title: "no defer-taskrun", without: ["defer-taskrun"] },
  { title: "no single-issuer", without: ["single-issuer"] },
  { title: "no coop-taskrun", without: ["defer-taskrun", "coop-taskrun"] },
  { title: "no submit-all", without: ["submit-all"] },
  { title: "no ext-arg", without: ["ext-arg"] },
  { title: "no multishot", without: ["multishot-recv", "multishot-accept", "multishot-poll"] },
  { title: "no buffer-ring", without: ["buffer-ring"] },
  {
    title: "nothing new",
    without: ["submit-all", "ext-arg", "buffer-ring", "multishot-accept", "multishot-poll"],
  },
];

/** One completion, with the bytes that came in a buffer of the pool copied out. */
export interface Completion {
  readonly result: number;
  readonly more: boolean;
  readonly bytes: Uint8Array | null;
}

/** Records what completes; buffers go back at once unless they are to be held. */
export class Recorder implements CompletionListener {
  readonly completions: Completion[] = [];
  readonly held: number[] = [];
  /** Called for each completion, after it was recorded. */
  onEach: ((completion: Completion, operation: Operation) => void) | null = null;
  readonly #driver: UringDriver;
  readonly #holds: boolean;

  constructor(driver: UringDriver, holds: boolean = false) {
    this.#driver = driver;
    this.#holds = holds;
  }

  onCompletion(operation: Operation, result: number, more: boolean, bufferId: number): void {
    let bytes: Uint8Array | null = null;
    if (bufferId >= 0) {
      const pool = this.#driver.receivePool;
      const at = bufferId * pool.bufferSize;
      bytes = pool.bytes.slice(at, at + result);
      if (this.#holds) this.held.push(bufferId);
      else pool.release(bufferId);
    }
    const completion = { result, more, bytes };
    this.completions.push(completion);
    this.onEach?.(completion, operation);
  }

  get results(): number[] {
    return this.completions.map((each) => each.result);
  }

  get finals(): number {
    return this.completions.filter((each) => !each.more).length;
  }

  get text(): string {
    const chunks = this.completions.map((each) => each.bytes ?? new Uint8Array(0));
    return Buffer.concat(chunks).toString("latin1");
  }

  get byteCount(): number {
    return this.completions.reduce((sum, each) => sum + (each.bytes?.length ?? 0), 0);
  }

  releaseOne(): void {
    const bufferId = this.held.shift();
    if (bufferId === undefined) throw new Error("No buffer is held");
    this.#driver.receivePool.release(bufferId);
  }
}

/** A driver with what a test opened on it; leaving it checks that nothing stays behind. */
export class Bench implements Disposable {
  readonly driver: UringDriver;
  readonly #descriptorsBefore: number = openDescriptors();
  readonly #descriptors: Descriptor[] = [];
  readonly #raw: number[] = [];

  constructor(options: DriverOptions = {}) {
    this.driver = openDriver(options);
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
      if (performance.now() > deadline) throw new Error("It did not happen in time");
      this.driver.turn(100);
    }
  }

  /** Turns without waiting until the driver has nothing left to do. */
  settle(): void {
    const deadline = performance.now() + LIMIT_MS;
    while (this.driver.turn(0) > 0 || this.driver.mayProgress()) {
      if (performance.now() > deadline) throw new Error("It does not settle");
    }
  }

  [Symbol.dispose](): void {
    const { driver } = this;
    driver.ledger.cancelAll();
    this.turnUntil(() => driver.ledger.inFlight === 0);
    for (const descriptor of this.#descriptors) driver.ledger.close(descriptor);
    for (const fd of this.#raw) closeDescriptor(fd);
    driver.destroy({ leak: false });
    const left = openDescriptors() - this.#descriptorsBefore;
    if (left !== 0) throw new Error(`${left} descriptors stayed open`);
  }
}

export function openDriver(options: DriverOptions = {}): UringDriver {
  const opened = UringDriver.open(options);
  if (opened instanceof UringDriver) return opened;
  throw new Error(opened.cause);
}

export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Waits until no more descriptors are open than that, which nothing announces. */
export async function untilDescriptors(count: number): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (openDescriptors() > count) {
    if (performance.now() > deadline) throw new Error("Descriptors stayed open");
    await new Promise(setImmediate);
  }
}

/** How many separate mappings this process has. */
export function mappings(): number {
  return readFileSync("/proc/self/maps", "latin1").split("\n").length;
}

export function must(result: number): number {
  if (result < 0) throw new Error(errnoName(result));
  return result;
}

/** Memory with text in it, allocated as an ArrayBuffer first so that it stays where it is. */
export function memoryOf(text: string): ArrayBuffer {
  const memory = new ArrayBuffer(text.length);
  new Uint8Array(memory).set(Buffer.from(text, "latin1"));
  return memory;
}

export function writeText(fd: number, text: string): void {
  const memory = memoryOf(text);
  const written = must(writeDescriptor(fd, addressOf(memory), memory.byteLength));
  if (written !== memory.byteLength) throw new Error(`Only ${written} bytes were written`);
}

/** Reads what is there, up to 64 KiB; or the error. */
export function readSome(fd: number, max: number = 65536): Uint8Array | number {
  const memory = new ArrayBuffer(max);
  const count = readDescriptor(fd, addressOf(memory), max);
  return count < 0 ? count : new Uint8Array(memory, 0, count);
}

export function connectRaw(fd: number, to: SocketAddress): number {
  const memory = encoded(to);
  const address = addressOf(memory);
  return connect.attempt({ fd, address, length: memory.byteLength, offset: 0, flags: 0 });
}

/** Whether a descriptor is readable now. */
export function isReadable(fd: number): boolean {
  const result = poll.attempt({ fd, address: 0, length: 0, offset: 0, flags: POLLIN });
  return result !== WOULD_BLOCK && (must(result) & POLLIN) !== 0;
}

/** Waits until a descriptor is readable, within a limit of time. */
export function waitReadable(fd: number): void {
  const deadline = performance.now() + LIMIT_MS;
  while (!isReadable(fd)) {
    if (performance.now() > deadline) throw new Error("It did not become readable in time");
  }
}

export function encoded(to: SocketAddress): ArrayBuffer {
  const bytes = new Uint8Array(new ArrayBuffer(SOCKET_ADDRESS_BYTES_MAX));
  const length = encodeSocketAddress(to, bytes);
  return bytes.buffer.slice(0, length);
}
