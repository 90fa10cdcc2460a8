import { type Driver, type DriverFactory, type DriverOptions } from "@bascule/core";
import { Memory } from "./driver/memory.ts";
import { SimDriver } from "./driver/sim-driver.ts";
import { SimulationStuckError } from "./errors.ts";
import { FAULT_OPTIONS, type FaultOptions, resolveFaults } from "./faults.ts";
import { FileSystem } from "./files/file-system.ts";
import { HostMachine } from "./machine/host-machine.ts";
import { Network, type NetworkHost } from "./network/network.ts";
import { DatagramPorts } from "./network/datagram-ports.ts";
import { Ports } from "./network/ports.ts";
import { checkOptions, SEED } from "./rules.ts";
import { WorldState } from "./world-state.ts";

const RECEIVE_BUFFERS = 64;
const RECEIVE_BUFFER_BYTES = 16_384;
const QUEUE_ENTRIES = 256;
const DESCRIPTORS_MAX = 65_536;
const DISK_BYTES = 2 ** 30;
/** What a look at the clock takes, so that time passes for whoever waits while others never do. */
const LOOK_MS = 0.01;

/** Options of {@link createDriver}. */
export interface SimDriverOptions extends DriverOptions {
  /** 0. */
  seed?: number;
  /** `none`. */
  faults?: FaultOptions;
}

/**
 * A driver with a world of its own, of one host: for `Runtime.create({ driver })`, in Bun's loop.
 * What is not the runtime's goes by real time and real chance, so runs are not repeated exactly;
 * `simulate` does that.
 * @throws RangeError for options that make no sense
 * @example
 * ```ts
 * import { Runtime, sleep } from "@bascule/core";
 * import { createDriver } from "@bascule/sim";
 * await using runtime = Runtime.create({ driver: createDriver({ seed: 3 }) });
 * await runtime.spawn(() => sleep(3_600_000)); // an hour goes by at once
 * ```
 */
export function createDriver(options: SimDriverOptions = {}): Driver {
  checkOptions(options, { seed: SEED, faults: FAULT_OPTIONS });
  const world = new WorldState(options.seed ?? 0, resolveFaults(options.faults ?? "none"), LOOK_MS);
  const network = new Network(world);
  const host: NetworkHost = {
    name: "localhost",
    address: "10.0.0.0",
    ports: new Ports(),
    datagramPorts: new DatagramPorts(),
  };
  network.add(host);
  const memory = new Memory();
  let driver: SimDriver | null = null;
  const machine = new HostMachine({
    world,
    host,
    network,
    files: new FileSystem(() => world.clock.wallMs),
    memory,
    descriptorsMax: DESCRIPTORS_MAX,
    diskBytes: DISK_BYTES,
    onReady: (fd, direction) => driver?.ready(fd, direction),
  });
  driver = new SimDriver({
    hostName: host.name,
    world,
    memory,
    machine,
    surroundings: {
      get isEventful() {
        return world.agenda.length > 0;
      },
      pass: (untilMs) => pass(world, untilMs),
    },
    sizes: {
      queueEntries: options.queueEntries ?? QUEUE_ENTRIES,
      receiveBuffers: options.receiveBuffers ?? RECEIVE_BUFFERS,
      receiveBufferBytes: options.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES,
    },
  });
  return driver;
}

function pass(world: WorldState, untilMs: number): void {
  const nextMs = Math.min(world.agenda.nextMs, untilMs);
  if (nextMs === Number.POSITIVE_INFINITY) {
    throw new SimulationStuckError(
      "Cannot wait in the simulation: nothing in it will happen, so it would be for ever",
    );
  }
  world.clock.advanceTo(nextMs);
  world.happen();
  // A trace that nobody reads must not grow for ever.
  world.trace.forget();
}

/** What `BASCULE_DRIVER` finds when it names this package. */
export const factory: DriverFactory = {
  name: "sim",
  probe: () => null,
  create: createDriver,
};
