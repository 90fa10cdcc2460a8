import {
  type Capability,
  type Clock,
  type Descriptor,
  type Driver,
  type DriverCounters,
  type HostWatcher,
  InvariantError,
  type Operation,
  OperationLedger,
  type ReceivePool,
  type SendPool,
  type System,
} from "@bascule/core";
import type { Direction } from "../network/socket.ts";
import type { HostMachine } from "../machine/host-machine.ts";
import type { WorldState } from "../world-state.ts";
import { limbo } from "./limbo.ts";
import type { Memory } from "./memory.ts";
import { OperationFlow } from "./operation-flow.ts";
import { ReceiveBuffers } from "./receive-buffers.ts";
import { SendBlocks } from "./send-blocks.ts";

/** So long a timer of Bun's keeps a process alive that waits for something to happen. */
const KEEP_ALIVE_MS = 2 ** 30;

/** How a driver that has nothing to do has the rest of its world go on. */
export interface Surroundings {
  /** Whether anything will happen by itself. */
  readonly isEventful: boolean;
  /**
   * Lets time pass until something happens that may concern the driver, but not beyond `untilMs`.
   * @throws SimulationStuckError when nothing ever will
   */
  pass(untilMs: number): void;
}

/** Sizes of a driver's queues and pools. */
export interface DriverSizes {
  readonly queueEntries: number;
  readonly receiveBuffers: number;
  readonly receiveBufferBytes: number;
}

/** What a driver is made of. */
export interface DriverParts {
  readonly hostName: string;
  readonly world: WorldState;
  readonly memory: Memory;
  readonly machine: HostMachine;
  readonly surroundings: Surroundings;
  readonly sizes: DriverSizes;
}

/** The simulation as a driver: a kernel of its own, and time that only passes when all wait. */
export class SimDriver implements Driver {
  readonly name: string = "sim";
  readonly capabilities: readonly Capability[] = [
    { name: "operations", support: "emulated", detail: "in memory: no kernel is asked" },
  ];
  readonly counters: DriverCounters = { turns: 0, systemCalls: 0, waits: 0, starvedReceives: 0 };
  readonly ledger: OperationLedger = new OperationLedger(this);
  readonly hostFd: number = -1;
  readonly wakeFd: number = -1;
  readonly clock: Clock;
  readonly #machine: HostMachine;
  readonly #surroundings: Surroundings;
  readonly #buffers: ReceiveBuffers;
  readonly #blocks: SendBlocks;
  readonly #flow: OperationFlow;
  #isUnparked: boolean = false;
  #isParked: boolean = false;
  /** Has time pass while the host sleeps. */
  #alarm: ReturnType<typeof setImmediate> | null = null;
  #isReferenced: boolean = false;
  #onReadable: (() => void) | null = null;
  /** The host has crashed: nothing is done any more, and nobody is told. */
  #isDead: boolean = false;

  constructor({ hostName, world, memory, machine, surroundings, sizes }: DriverParts) {
    this.clock = world.clock;
    this.#machine = machine;
    this.#surroundings = surroundings;
    const { receiveBuffers, receiveBufferBytes, queueEntries } = sizes;
    this.#buffers = new ReceiveBuffers(memory, receiveBuffers, receiveBufferBytes, () =>
      this.#wakeHost(),
    );
    this.#blocks = new SendBlocks(memory);
    this.#flow = new OperationFlow({
      hostName,
      world,
      ledger: this.ledger,
      machine,
      buffers: this.#buffers,
      counters: this.counters,
      queueEntries,
    });
  }

  get system(): System {
    return this.#isDead ? limbo : this.#machine;
  }

  get receivePool(): ReceivePool {
    return this.#buffers;
  }

  get sendPool(): SendPool {
    return this.#blocks;
  }

  /** Descriptors that are open. */
  get openCount(): number {
    return this.#machine.table.openCount;
  }

  submit(operation: Operation): void {
    if (!this.#isDead) this.#flow.submit(operation);
  }

  cancel(operation: Operation): void {
    if (!this.#isDead) this.#flow.cancel(operation);
  }

  /** A descriptor may have become ready. */
  ready(fd: number, direction: Direction): void {
    this.#flow.ready(fd, direction);
    this.#wakeHost();
  }

  turn(timeoutMs: number): number {
    if (this.#isDead) return 0;
    this.counters.turns++;
    const untilMs = this.clock.now() + timeoutMs;
    while (!this.mayProgress() && this.clock.now() < untilMs) {
      this.counters.waits++;
      this.#surroundings.pass(untilMs);
      if (this.#isDead) return 0;
    }
    const woken = this.#isUnparked ? 1 : 0;
    this.#isUnparked = false;
    this.#isParked = false;
    return this.#flow.turn() + woken;
  }

  mayProgress(): boolean {
    return !this.#isDead && (this.#isUnparked || this.#flow.hasWork);
  }

  /**
   * Once the host sleeps, and what else the program had to do now is done, time passes to whatever
   * comes next.
   */
  park(deadlineMs: number): boolean {
    if (this.mayProgress()) return false;
    this.#isParked = true;
    if (deadlineMs === Number.POSITIVE_INFINITY && !this.#surroundings.isEventful) return true;
    this.#ring(() => {
      this.#surroundings.pass(deadlineMs);
      this.#onReadable?.();
    });
    return true;
  }

  awake(): void {
    this.#isParked = false;
    if (this.#alarm !== null) clearImmediate(this.#alarm);
    this.#alarm = null;
  }

  unpark(): void {
    this.#isUnparked = true;
    this.#wakeHost();
  }

  closeDescriptor(descriptor: Descriptor): void {
    if (this.#isDead) return;
    const result = this.#machine.closeDescriptor(descriptor.fd);
    if (result < 0) {
      throw new InvariantError(`Descriptor ${descriptor.fd} cannot be closed: errno ${-result}`);
    }
  }

  watchWithThread(onReadable: () => void): HostWatcher {
    this.#onReadable = onReadable;
    const timer = setInterval(() => undefined, KEEP_ALIVE_MS);
    return {
      ref: () => {
        this.#isReferenced = true;
        this.#alarm?.ref();
        timer.ref();
      },
      unref: () => {
        this.#isReferenced = false;
        this.#alarm?.unref();
        timer.unref();
      },
      close: () => clearInterval(timer),
    };
  }

  destroy(options: { leak: boolean }): void {
    const { inFlight } = this.ledger;
    if (inFlight !== 0 && !options.leak) {
      throw new InvariantError(`The driver is destroyed with ${inFlight} operations in flight`);
    }
    this.awake();
    this.#blocks.destroy();
    this.#buffers.destroy();
    this.#isDead = true;
  }

  /** The host crashes: whatever its tasks still try comes to nothing. */
  kill(): void {
    this.#isDead = true;
    this.#machine.vanish();
  }

  /** What happened outside a turn is told to a host that sleeps, in a turn of Bun's loop. */
  #wakeHost(): void {
    if (!this.#isParked || !this.mayProgress()) return;
    this.#ring(() => this.#onReadable?.());
  }

  #ring(happen: () => void): void {
    if (this.#alarm !== null) clearImmediate(this.#alarm);
    this.#alarm = setImmediate(() => {
      this.#alarm = null;
      if (this.#isParked) happen();
    });
    if (!this.#isReferenced) this.#alarm.unref();
  }
}
