import {
  type Block,
  BlockPool,
  type Capability,
  type Clock,
  type Descriptor,
  type Driver,
  type DriverCounters,
  type HostWatcher,
  NO_BUFFER,
  type Operation,
  OperationLedger,
  type SilentSender,
  type System,
} from "@bascule/core";
import { AddressSpace } from "./address-space.ts";
import { CanaryPool } from "./canary-pool.ts";
import { scriptedSystem } from "./scripted-system.ts";

const EAGAIN = 11;
const ECANCELED = 125;
const ECONNREFUSED = 111;
const EPIPE = 32;

/** What kernel and driver may do beyond the calm course of things. */
export interface KernelHabits {
  /** An operation that is cancelled may complete with its own result all the same. */
  readonly cancelsMayLose: boolean;
  readonly connectsMayFail: boolean;
  readonly sendsMayBeShort: boolean;
  readonly sendsMayFail: boolean;
  /** Sends that nobody waits for are no operations. */
  readonly sendsSilently: boolean;
}

/** Something that may happen now. */
export interface KernelEvent {
  readonly name: string;
  readonly happen: () => void;
}

/** What peers send to a socket, or connect to a listener, over time. */
export interface PeerScript {
  /** Received chunks, each shorter than a buffer. */
  readonly chunks?: readonly (readonly number[])[];
  /** Whether the stream ends after them. */
  readonly ends?: boolean;
  /** How many connections come. */
  readonly connections?: number;
}

/** What has come of a script. */
interface Peer {
  readonly chunks: (readonly number[])[];
  readonly ends: boolean;
  connections: number;
}

interface InFlight {
  readonly operation: Operation;
  readonly generation: number;
  isCancelled: boolean;
  wasShort: boolean;
}

/**
 * A driver without a kernel, whose operations complete when and how the enumeration says. It keeps
 * account of descriptors and memory, and throws at what the contract forbids.
 */
export class ScriptedKernel implements Driver {
  readonly name: string = "scripted";
  readonly capabilities: readonly Capability[] = [];
  readonly counters: DriverCounters = { turns: 0, systemCalls: 0, waits: 0, starvedReceives: 0 };
  readonly ledger: OperationLedger = new OperationLedger(this);
  readonly receivePool: CanaryPool = new CanaryPool();
  readonly memory: AddressSpace = new AddressSpace();
  readonly sendPool: BlockPool = new BlockPool((byteLength) => this.memory.map(byteLength));
  readonly hostFd: number = -1;
  readonly wakeFd: number = -1;
  /** Time stands still: what waits for time waits for ever. */
  readonly clock: Clock = { now: () => 0 };
  readonly system: System = scriptedSystem(this);
  /** Descriptors that are open. */
  readonly open: Set<number> = new Set();
  /** What was sent, by descriptor. */
  readonly wires: Map<number, number[]> = new Map();
  /** Called by a turn that may wait: something must happen in it. */
  onWait: (() => void) | null = null;
  /** Chooses how a silent send goes. */
  choose: (names: readonly string[]) => number = () => 0;
  /** What `destroy` was told; null while the driver lives. */
  destroyed: { leak: boolean } | null = null;
  #habits: KernelHabits;
  readonly #peers: Map<number, Peer> = new Map();
  readonly #inFlight: InFlight[] = [];
  /** Silent sends that go out in the next turn, as a proactor's do. */
  readonly #silent: (() => void)[] = [];

  constructor(habits: KernelHabits) {
    this.#habits = habits;
  }

  /** From now on the kernel has other habits. */
  behave(habits: KernelHabits): void {
    this.#habits = habits;
  }

  /** What comes to a descriptor from now on. */
  script(fd: number, { chunks = [], ends = false, connections = 0 }: PeerScript): void {
    this.#peers.set(fd, { chunks: [...chunks], ends, connections });
  }

  /** A new descriptor with the lowest number that is free, as the kernel gives it. */
  openDescriptor(): number {
    let fd = 3;
    while (this.open.has(fd)) fd++;
    this.open.add(fd);
    this.wires.set(fd, []);
    return fd;
  }

  closeNumber(fd: number): void {
    if (!this.open.delete(fd)) throw new Error(`descriptor ${fd} is closed twice`);
    for (const { operation } of this.#inFlight) {
      if (operation.fd === fd) throw new Error(`descriptor ${fd} closes under an operation`);
    }
    this.#peers.delete(fd);
  }

  /** Everything that could happen now. */
  events(): KernelEvent[] {
    return this.#inFlight.flatMap((each) => this.#eventsOf(each));
  }

  submit(operation: Operation): void {
    if (!this.open.has(operation.fd)) throw new Error("an operation on a closed descriptor");
    const { generation, address } = operation;
    if (this.memory.isPlaced(address) && operation.root === null) {
      throw new Error("moved memory is not rooted while the kernel has it");
    }
    this.#inFlight.push({ operation, generation, isCancelled: false, wasShort: false });
  }

  sendSilently(sender: SilentSender, block: Block, start: number, end: number): boolean {
    if (!this.#habits.sendsSilently) return false;
    this.ledger.noteSilent(1);
    const send = (): void => this.#sendNow(sender, block, start, end);
    if (this.#habits.cancelsMayLose) this.#silent.push(send);
    else send();
    return true;
  }

  cancel(operation: Operation): void {
    const each = this.#inFlight.find((one) => one.operation === operation);
    if (each === undefined) throw new Error("a cancel for nothing in flight");
    if (each.isCancelled) throw new Error("a cancel comes twice");
    each.isCancelled = true;
  }

  turn(timeoutMs: number): number {
    this.counters.turns++;
    const silent = this.#silent.splice(0);
    for (const send of silent) send();
    if (timeoutMs > 0 && silent.length === 0) this.onWait?.();
    return silent.length;
  }

  mayProgress(): boolean {
    return this.#silent.length > 0;
  }

  park(): boolean {
    return true;
  }

  awake(): void {
    this.counters.waits++;
  }

  unpark(): void {
    this.counters.systemCalls++;
  }

  closeDescriptor(descriptor: Descriptor): void {
    this.closeNumber(descriptor.fd);
  }

  watchWithThread(): HostWatcher {
    throw new Error("nobody may sleep here");
  }

  destroy(options: { leak: boolean }): void {
    if (this.#inFlight.length > 0) throw new Error("the driver goes before its operations");
    this.destroyed = options;
    if (!options.leak) this.sendPool.destroy();
  }

  /** One of the ways in which a send can go that is told only when not everything went out. */
  #sendNow(sender: SilentSender, block: Block, start: number, end: number): void {
    const { fd } = sender;
    if (!this.open.has(fd)) throw new Error("a silent send on a closed descriptor");
    const length = end - start;
    const results = [length];
    if (this.#habits.sendsMayBeShort) results.push(-EAGAIN);
    if (this.#habits.sendsMayBeShort && length > 1) results.push(length >> 1);
    if (this.#habits.sendsMayFail) results.push(-EPIPE);
    const names = results.map((result) => `silent send ${fd} gives ${result}`);
    const result = results[this.choose(names)] as number;
    const bytes = this.memory.read(block.address + start, length);
    this.wires.get(fd)?.push(...bytes.slice(0, Math.max(result, 0)));
    if (result === length) this.sendPool.give(block);
    else sender.onUnsent(block, start, end, result);
  }

  #eventsOf(each: InFlight): KernelEvent[] {
    const { operation } = each;
    const what = `${operation.kind?.name} ${operation.fd}`;
    const events =
      each.isCancelled && !this.#habits.cancelsMayLose ? [] : this.#ownEvents(each, what);
    if (each.isCancelled) {
      events.push({ name: `${what} is cancelled`, happen: () => this.#end(each, -ECANCELED) });
    }
    return events;
  }

  #ownEvents(each: InFlight, what: string): KernelEvent[] {
    switch (each.operation.kind?.name ?? "nothing") {
      case "connect":
        return this.#connectEvents(each, what);
      case "recv":
        return this.#receiveEvents(each, what);
      case "send":
        return this.#sendEvents(each, what);
      case "accept":
        return this.#acceptEvents(each, what);
      default:
        throw new Error(`the kernel has no ${what}`);
    }
  }

  #connectEvents(each: InFlight, what: string): KernelEvent[] {
    const events = [{ name: `${what} succeeds`, happen: () => this.#end(each, 0) }];
    if (this.#habits.connectsMayFail) {
      events.push({ name: `${what} fails`, happen: () => this.#end(each, -ECONNREFUSED) });
    }
    return events;
  }

  #receiveEvents(each: InFlight, what: string): KernelEvent[] {
    const peer = this.#peers.get(each.operation.fd);
    if (peer === undefined) return [];
    const [chunk] = peer.chunks;
    if (chunk === undefined) {
      return peer.ends ? [{ name: `${what} ends`, happen: () => this.#end(each, 0) }] : [];
    }
    if (this.receivePool.free === 0) return [];
    const happen = (): void => {
      peer.chunks.shift();
      const bufferId = this.receivePool.fill(chunk);
      this.ledger.deliver(each.operation, chunk.length, true, bufferId);
    };
    return [{ name: `${what} gets ${chunk.length}`, happen }];
  }

  #sendEvents(each: InFlight, what: string): KernelEvent[] {
    const { fd, length } = each.operation;
    const send = (count: number): void => {
      const bytes = this.memory.read(each.operation.address, length);
      this.wires.get(fd)?.push(...bytes.slice(0, count));
      this.#end(each, count);
    };
    const events = [{ name: `${what} goes out`, happen: () => send(length) }];
    if (this.#habits.sendsMayBeShort && length > 1) {
      events.push({ name: `${what} goes out in part`, happen: () => send(length >> 1) });
    }
    if (this.#habits.sendsMayFail) {
      events.push({ name: `${what} fails`, happen: () => this.#end(each, -EPIPE) });
    }
    return events;
  }

  #acceptEvents(each: InFlight, what: string): KernelEvent[] {
    const peer = this.#peers.get(each.operation.fd);
    if (peer === undefined || peer.connections === 0) return [];
    const happen = (): void => {
      peer.connections--;
      this.ledger.deliver(each.operation, this.openDescriptor(), true, NO_BUFFER);
    };
    return [{ name: `${what} gets a connection`, happen }];
  }

  /** The final completion: from here on neither memory nor descriptor is the kernel's. */
  #end(each: InFlight, result: number): void {
    this.#inFlight.splice(this.#inFlight.indexOf(each), 1);
    if (this.ledger.find(each.operation.slot, each.generation) !== each.operation) {
      throw new Error("an operation in flight is not found");
    }
    this.ledger.deliver(each.operation, result, false, NO_BUFFER);
  }
}
