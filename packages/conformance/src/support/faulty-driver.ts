import type { Driver, DriverOptions } from "@bascule/core";
import { BENIGN_FAULTS, createDriver, type Faults, NO_FAULTS } from "@bascule/sim";

/**
 * What a correct program does not notice. Tasks keep their order and sockets their room, because
 * the suite is told what comes first where that is promised, and writes to peers that do not read.
 */
const FAULTS: Faults = {
  ...BENIGN_FAULTS,
  reorderedTasks: 0,
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
