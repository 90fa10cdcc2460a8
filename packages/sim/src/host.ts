import {
  type EventLoop,
  type JoinHandle,
  Runtime,
  type Schedule,
  type SpawnOptions,
  type TaskInfo,
} from "@bascule/core";
import { Memory } from "./driver/memory.ts";
import { type DriverSizes, SimDriver, type Surroundings } from "./driver/sim-driver.ts";
import { HostCrashedError } from "./errors.ts";
import { FileSystem } from "./files/file-system.ts";
import { HostMachine } from "./machine/host-machine.ts";
import type { Network, NetworkHost } from "./network/network.ts";
import { DatagramPorts } from "./network/datagram-ports.ts";
import { Ports } from "./network/ports.ts";
import type { WorldState } from "./world-state.ts";

/** The most polls of one host before others have their turn. */
const POLLS_MAX = 16;
/** What a round of a host takes: so that nobody who waits for time to pass waits for ever. */
const ROUND_MS = 0.001;

/** A trace has room for other things, too. */
const LOSSES_SHOWN_MAX = 20;

/** What a host is made of. */
export interface HostParts {
  readonly name: string;
  readonly address: string;
  readonly world: WorldState;
  readonly network: Network;
  readonly sizes: DriverSizes;
  readonly descriptorsMax: number;
  readonly diskBytes: number;
  /** How the rest of the world goes on while this host waits in the kernel, or goes on itself. */
  readonly pass: (untilMs: number) => void;
  readonly onUnhandled: (error: Error) => void;
}

/** What runs on a host between its start and its end or crash. */
interface Life {
  readonly runtime: Runtime;
  readonly loop: EventLoop;
  readonly driver: SimDriver;
  readonly driven: Disposable;
  /** How often it waits in the kernel just now, in a `blockOn` or at its end, one in another. */
  blocked: number;
}

/**
 * A machine of the simulated world: a runtime of its own, an address by which others reach it, and
 * files that outlive its crashes. Code that runs on it finds all of that where it always does.
 */
export class Host implements NetworkHost {
  readonly name: string;
  /** Its IPv4 address, which its name resolves to. */
  readonly address: string;
  ports: Ports = new Ports();
  datagramPorts: DatagramPorts = new DatagramPorts();
  readonly #parts: HostParts;
  readonly #files: FileSystem;
  #life: Life | null = null;
  /** The run is over: a life that began now would be nobody's to end. */
  #isOver: boolean = false;
  #pollsLeft: number = 0;
  /** The world has given it a round, and its polls have not begun. */
  #isItsTurn: boolean = false;

  /** @internal Hosts are made by the world. */
  constructor(parts: HostParts) {
    this.name = parts.name;
    this.address = parts.address;
    this.#parts = parts;
    this.#files = new FileSystem(() => parts.world.clock.wallMs);
    parts.network.add(this);
    this.#life = this.#start();
  }

  get isUp(): boolean {
    return this.#life !== null;
  }

  /** @internal Whether it blocks: it goes on when those who block above it on the stack have. */
  get isBlocked(): boolean {
    return (this.#life?.blocked ?? 0) > 0;
  }

  /**
   * Starts a task on this host. A crash ends it without its `finally` blocks.
   * @throws HostCrashedError while the host is down
   */
  spawn<T>(work: () => T | PromiseLike<T>, options?: SpawnOptions): JoinHandle<T> {
    return this.runtime.spawn(work, options);
  }

  /** Does something on this host and waits for it. Rejects with HostCrashedError at a crash. */
  async run<T>(work: () => T | PromiseLike<T>): Promise<T> {
    return await this.spawn(work, { name: `${this.name}.run` });
  }

  /** @internal */
  get runtime(): Runtime {
    if (this.#life === null) throw new HostCrashedError(`Host "${this.name}" is down`);
    return this.#life.runtime;
  }

  /** @internal When a round would do something: at once, at its next timer, or never. */
  readyMs(nowMs: number): number {
    const life = this.#life;
    if (life === null || life.blocked > 0) return Number.POSITIVE_INFINITY;
    const { loop, driver } = life;
    return loop.isBusy || driver.mayProgress() ? nowMs : loop.timers.nextDeadlineMs;
  }

  /** @internal Some polls, a turn of the driver, and timers. */
  round(): void {
    const { world } = this.#parts;
    const { loop } = this.runtime;
    this.#isItsTurn = true;
    loop.round(0);
    this.#isItsTurn = false;
    loop.executor.reportFailures();
    world.clock.advanceTo(world.nowMs + ROUND_MS);
  }

  /** @internal The power fails. */
  crash(): void {
    const life = this.#life;
    if (life === null) return;
    const { world, network } = this.#parts;
    world.note(this.name, "crash", "");
    this.#life = null;
    life.driver.kill();
    life.runtime.abandon(new HostCrashedError(`Host "${this.name}" crashed`));
    network.cables.takeDown(this.name);
    const losses = this.#files.crash(world.choices, world.faults.tornWrites);
    for (const loss of losses.slice(0, LOSSES_SHOWN_MAX)) world.note(this.name, "crash", loss);
    const left = losses.length - LOSSES_SHOWN_MAX;
    if (left > 0) world.note(this.name, "crash", `and ${left} more losses`);
  }

  /** @internal The power is back, with what is on the disk. */
  restart(): void {
    if (this.#life !== null) return;
    if (this.#isOver) throw new HostCrashedError(`The simulation of host "${this.name}" is over`);
    const { world, network } = this.#parts;
    world.note(this.name, "restart", "");
    this.ports = new Ports();
    this.datagramPorts = new DatagramPorts();
    this.#life = this.#start();
    network.cables.bringUp(this.name);
  }

  /** @internal Ends in good order. @returns what it left behind, in words */
  async end(): Promise<string[]> {
    const life = this.#life;
    if (life === null) return [];
    const { runtime, driver } = life;
    await runtime.shutdown();
    const { receivePool, sendPool, ledger } = driver;
    const counts: [string, number][] = [
      ["descriptors", driver.openCount],
      ["operations in flight", ledger.inFlight],
      ["receive buffers", receivePool.count - receivePool.free],
      ["send blocks", sendPool.taken],
    ];
    return counts
      .filter(([, count]) => count !== 0)
      .map(([what, count]) => `host "${this.name}" has ${count} ${what} left`);
  }

  /** @internal The run is over, however it ended. */
  discard(): void {
    const life = this.#life;
    this.#life = null;
    this.#isOver = true;
    if (life === null || life.runtime.isClosed) return;
    life.driver.kill();
    life.runtime.abandon(new HostCrashedError(`The simulation of host "${this.name}" is over`));
  }

  #start(): Life {
    const { name, world, network, sizes, descriptorsMax, diskBytes } = this.#parts;
    const memory = new Memory();
    let driver: SimDriver | null = null;
    const machine = new HostMachine({
      world,
      host: this,
      network,
      files: this.#files,
      memory,
      descriptorsMax,
      diskBytes,
      onReady: (fd, direction) => driver?.ready(fd, direction),
    });
    // The world asks for turns itself, and never lets a host of its own sleep.
    const surroundings: Surroundings = {
      isEventful: false,
      pass: (untilMs) => this.#pass(life, untilMs),
    };
    driver = new SimDriver({ hostName: name, world, memory, machine, surroundings, sizes });
    const schedule: Schedule = {
      begin: () => this.#begin(life),
      pick: (ready) => this.#pick(ready),
    };
    const runtime = Runtime.create({ driver, schedule, isPrivate: true });
    runtime.loop.executor.onUnhandled = this.#parts.onUnhandled;
    const driven = runtime.drive();
    const life: Life = { runtime, loop: runtime.loop, driver, driven, blocked: 0 };
    return life;
  }

  #pass(life: Life, untilMs: number): void {
    life.blocked++;
    try {
      this.#parts.pass(untilMs);
    } finally {
      life.blocked--;
    }
  }

  /** A round's polls begin. One that a `blockOn` drives is no turn of the world's: it makes one. */
  #begin(life: Life): void {
    const { world } = this.#parts;
    if (!this.#isItsTurn) {
      this.#pass(life, world.nowMs);
      world.clock.advanceTo(world.nowMs + ROUND_MS);
    }
    this.#isItsTurn = false;
    const isHasty = world.faults.reorderedTasks > 0;
    this.#pollsLeft = isHasty ? POLLS_MAX - world.choices.choose(POLLS_MAX) : POLLS_MAX;
  }

  /** Which ready task goes next, and when the others' turn is. */
  #pick(ready: readonly TaskInfo[]): number {
    if (this.#pollsLeft-- <= 0) {
      this.#pollsLeft = POLLS_MAX;
      return -1;
    }
    const { world } = this.#parts;
    const isReordered = ready.length > 1 && world.choices.chance(world.faults.reorderedTasks);
    const index = isReordered ? world.choices.choose(ready.length) : 0;
    world.note(this.name, "poll", ready[index]?.name ?? "");
    return index;
  }
}
