import type { Driver, DriverOptions } from "@bascule/core";
import { BENIGN_FAULTS, createDriver, type Faults, NO_FAULTS } from "@bascule/sim";

/**
 * What a correct program does not notice, less what the suite takes for granted: tasks keep their
 * order, small messages come whole, and sockets have room for what nobody reads yet.
 */
const FAULTS: Faults = {
  ...BENIGN_FAULTS,
  reorderedTasks: 0,
  shortCounts: 0,
  socketBufferBytes: NO_FAULTS.socketBufferBytes,
};

let drivers = 0;

/**
 * What `BASCULE_DRIVER` finds here: the simulation with faults, for each runtime from another seed.
 * `BASCULE_TEST_SEED` is the first.
 */
export default function createFaulty(options: DriverOptions): Driver {
  const seed = Number(Bun.env["BASCULE_TEST_SEED"] ?? 0) + drivers++;
  return createDriver({ ...options, seed, faults: FAULTS });
}
