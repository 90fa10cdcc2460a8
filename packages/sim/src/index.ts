export {
  HostCrashedError,
  NondeterminismError,
  SimulationError,
  type SimulationFailure,
  SimulationStuckError,
} from "./errors.ts";
export { type Exploration, explore, type ExploreOptions } from "./explore.ts";
export { ALL_FAULTS, BENIGN_FAULTS, type FaultOptions, type Faults, NO_FAULTS } from "./faults.ts";
export type { Host } from "./host.ts";
export type { Body, WorldOptions } from "./run.ts";
export { simulate, type SimulateOptions } from "./simulate.ts";
export { createDriver, factory as default, type SimDriverOptions } from "./standalone.ts";
export type { World } from "./world.ts";
