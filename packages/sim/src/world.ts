import { drainMicrotasks } from "bun:jsc";
import { InvariantError, sleep } from "@bascule/core";
import type { Deviations } from "./choices.ts";
import { SimulationStuckError } from "./errors.ts";
import type { Faults } from "./faults.ts";
import { Host } from "./host.ts";
import { checkHostNames } from "./network/host-names.ts";
import { Network } from "./network/network.ts";
import { check, PROBABILITY, type Rule, wholeFrom } from "./rules.ts";
import type { Trace } from "./trace.ts";
import { WorldState } from "./world-state.ts";

/** The host that the simulation's own function runs on. It is never cut off. */
const WORLD_HOST = "world";

const RECEIVE_BUFFERS = 16;
const RECEIVE_BUFFER_BYTES = 2048;
const QUEUE_ENTRIES = 64;
const DESCRIPTORS_MAX = 1024;
const TASKS_SHOWN_MAX = 8;
const DISK_BYTES = 2 ** 28;
const COUNT: Rule = wholeFrom(1);

/** What a world is made from. */
export interface WorldSettings {
  readonly seed: number;
  /** Decisions to repeat instead of the seed's own. */
  readonly replay: Deviations | null;
  readonly faults: Faults;
  readonly hosts: readonly string[];
  /** Rounds after which a run that has not ended fails. */
  readonly roundsMax: number;
}

/**
 * A simulated world: hosts, the network between them, and one clock. Everything that happens in it
 * follows from its seed.
 */
export class World {
  readonly seed: number;
  readonly #state: WorldState;
  readonly #network: Network;
  readonly #hosts: Map<string, Host> = new Map();
  /** Hosts in the order in which they have their turns. */
  readonly #order: Host[] = [];
  /** Those that could have one now: filled anew at each step. */
  readonly #runnable: Host[] = [];
  readonly #roundsMax: number;
  #rounds: number = 0;
  #failure: { readonly error: unknown } | null = null;

  /** @internal Worlds are made by `simulate`. */
  constructor({ seed, replay, faults, hosts, roundsMax }: WorldSettings) {
    this.seed = seed;
    this.#roundsMax = roundsMax;
    this.#state = new WorldState(replay ?? seed, faults);
    this.#network = new Network(this.#state);
    const names = [WORLD_HOST, ...hosts];
    // First of all: a host that is made has a runtime that somebody has to end.
    checkHostNames(names);
    for (const name of names) this.#add(name);
  }

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#state.nowMs;
  }

  /** The faults that this run may have: of those that were asked for, a choice of the seed's. */
  get faults(): Faults {
    return this.#state.faults;
  }

  /** Names of the hosts, the world's own first. */
  get hostNames(): string[] {
    return [...this.#hosts.keys()];
  }

  /** A host by its name. @throws RangeError when there is none */
  host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host !== undefined) return host;
    throw new RangeError(
      `Cannot find host "${name}": there are ${[...this.#hosts.keys()].join(", ")}`,
    );
  }

  /**
   * Cuts hosts off from others, both ways: packets wait, as TCP sends them again, until
   * {@link heal}. Without `others`, from all but the world's own host.
   */
  partition(some: string | readonly string[], others?: string | readonly string[]): void {
    const left = this.#named(some);
    const right =
      others === undefined
        ? this.hostNames.filter((name) => name !== WORLD_HOST && !left.includes(name))
        : this.#named(others);
    this.#state.note("", "partition", `${left.join(" ")} | ${right.join(" ")}`);
    this.#network.cables.cut(left, right);
  }

  /** Ends every partition. */
  heal(): void {
    this.#state.note("", "heal", "");
    this.#network.cables.heal();
  }

  /**
   * The power of a host fails: its tasks end where they are, its peers are told nothing, and of
   * what it had not synced to its disk some is lost. Harmless when it is down.
   * @throws RangeError for the world's own host, and for one that there is not
   */
  crash(name: string): void {
    if (name === WORLD_HOST) {
      throw new RangeError(`Cannot crash host "${name}": the simulation itself runs on it`);
    }
    this.host(name).crash();
  }

  /**
   * Starts a host that crashed, with its files. Harmless when it is up.
   * @throws HostCrashedError when the simulation is over
   */
  restart(name: string): Host {
    const host = this.host(name);
    host.restart();
    return host;
  }

  /** Waits while the world goes on for so many milliseconds. */
  async advance(ms: number): Promise<void> {
    await sleep(ms);
  }

  /** A line for the trace. */
  note(text: string): void {
    this.#state.note("", "note", text);
  }

  /**
   * A decision of the seed's: a whole number below `count`. For what a test does at random.
   * @throws RangeError when there are none
   */
  choose(count: number): number {
    check("choose from", count, COUNT);
    return this.#state.choices.choose(count);
  }

  /** A decision of the seed's that is true with a probability. @throws RangeError for no such */
  chance(probability: number): boolean {
    check("have a chance of", probability, PROBABILITY);
    return this.#state.choices.chance(probability);
  }

  /** @internal */
  get trace(): Trace {
    return this.#state.trace;
  }

  /** @internal */
  get state(): WorldState {
    return this.#state;
  }

  /** @internal Runs `body` on the world's own host, and all that follows from it, to its end. */
  run(body: (world: World) => unknown): void {
    const home = this.host(WORLD_HOST).runtime;
    // A handle would be waited for by a task, and out here there is none of this world's.
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    home.spawn(() => Promise.try(body, this).then(resolve, reject), { name: "body" });
    this.#until(promise);
    const left: string[] = [];
    const ending = Promise.all([...this.#hosts.values()].map((host) => host.end()));
    this.#until(ending.then((found) => void left.push(...found.flat())));
    if (left.length > 0) throw new InvariantError(`Something is left over: ${left.join("; ")}`);
  }

  /** @internal */
  discard(): void {
    for (const host of this.#hosts.values()) host.discard();
  }

  /** Goes on, step by step, until a promise is settled. */
  #until(promise: PromiseLike<unknown>): void {
    let isSettled = false;
    promise.then(
      () => {
        isSettled = true;
      },
      (error: unknown) => {
        isSettled = true;
        this.#failure ??= { error };
      },
    );
    drainMicrotasks();
    while (!isSettled && this.#failure === null) {
      if (!this.#step(Number.POSITIVE_INFINITY)) throw this.#stuck();
      drainMicrotasks();
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  /**
   * What is due happens, or one host has its turn; when none has anything to do, time passes, at
   * most until `untilMs`.
   * @returns whether anything happened
   */
  #step(untilMs: number): boolean {
    this.#count();
    const { agenda, clock } = this.#state;
    if (agenda.nextMs <= clock.now()) return this.#state.happen() > 0;
    const runnable = this.#runnable;
    let nextMs = Math.min(agenda.nextMs, untilMs);
    let count = 0;
    const nowMs = clock.now();
    for (const host of this.#order) {
      const atMs = host.readyMs(nowMs);
      if (atMs <= nowMs) runnable[count++] = host;
      else if (atMs < nextMs) nextMs = atMs;
    }
    if (count > 0) {
      this.#round(runnable, count);
      return true;
    }
    if (nextMs === Number.POSITIVE_INFINITY) return false;
    clock.advanceTo(nextMs);
    return true;
  }

  #round(runnable: readonly Host[], count: number): void {
    const { choices, faults } = this.#state;
    const isReordered = count > 1 && choices.chance(faults.reorderedTasks);
    const host = runnable[isReordered ? choices.choose(count) : 0];
    if (host === undefined) return;
    // Whoever had a turn is last in line for the next.
    const order = this.#order;
    const last = order.length - 1;
    if (order[last] !== host) {
      order.splice(order.indexOf(host), 1);
      order.push(host);
    }
    host.round();
  }

  /**
   * A host waits in the kernel, or drives itself: the others go on. What goes wrong then is the
   * world's failure, whatever is made of it by whoever waits.
   */
  #pass(untilMs: number): void {
    if (this.#failure !== null) throw this.#failure.error;
    try {
      if (!this.#step(untilMs)) throw this.#stuck();
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }

  /** Of a block's own turn, too, in which nobody else does anything: it may go on for ever. */
  #count(): void {
    if (++this.#rounds <= this.#roundsMax) return;
    throw new SimulationStuckError(
      `The simulation has not ended after ${this.#roundsMax} rounds, and ${this.#waiting()}: ` +
        "pass a larger roundsMax if it needs more",
    );
  }

  #stuck(): SimulationStuckError {
    const hosts = [...this.#hosts.values()].filter((host) => host.isBlocked);
    const blocked = hosts.map((host) => host.name).join(", ");
    const stack =
      hosts.length < 2
        ? ""
        : `. Of hosts that are in blockOn at once (${blocked}) only one goes on, because they ` +
          "have one stack: await there";
    return new SimulationStuckError(
      `Nothing can happen in the simulation any more, and ${this.#waiting()}. They may wait for ` +
        `each other, or for something outside of it, such as fetch or a file read by Bun${stack}`,
    );
  }

  /** Who has not ended, in words. */
  #waiting(): string {
    const names = [...this.#hosts.values()].flatMap((host) =>
      host.isUp
        ? [...host.runtime.loop.executor.live].map((task) => `"${task.name}" on ${host.name}`)
        : [],
    );
    const shown = names.slice(0, TASKS_SHOWN_MAX).join(", ");
    return `${names.length} tasks have not ended (${shown})`;
  }

  #add(name: string): void {
    const host = new Host({
      name,
      address: `10.0.${this.#hosts.size >> 8}.${this.#hosts.size & 255}`,
      world: this.#state,
      network: this.#network,
      sizes: {
        queueEntries: QUEUE_ENTRIES,
        receiveBuffers: RECEIVE_BUFFERS,
        receiveBufferBytes: RECEIVE_BUFFER_BYTES,
      },
      descriptorsMax: DESCRIPTORS_MAX,
      diskBytes: DISK_BYTES,
      pass: (untilMs) => this.#pass(untilMs),
      onUnhandled: (error) => {
        this.#failure ??= { error };
      },
    });
    this.#hosts.set(name, host);
    this.#order.push(host);
  }

  #named(names: string | readonly string[]): string[] {
    return (typeof names === "string" ? [names] : [...names]).map((name) => this.host(name).name);
  }
}
