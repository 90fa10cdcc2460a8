export {
  descriptorsFallTo,
  openDescriptorCount,
  openDescriptors,
  openedSince,
  openSocketCount,
} from "./descriptors.ts";
export { DriverBench } from "./driver-bench.ts";
export { guardEachTest } from "./each-test.ts";
export { eventually } from "./eventually.ts";
export { hasIpv6, ipv6Test } from "./ipv6.ts";
export {
  callWith,
  connectRaw,
  encoded,
  isReadAtOnce,
  memoryOf,
  must,
  readSome,
  writeText,
} from "./raw-calls.ts";
export { type Completion, Recorder } from "./recorder.ts";
export { shownSilentSends, SilentRecorder } from "./silent-recorder.ts";
export { leaksOf } from "./sentinel.ts";
export { TemporaryFolder } from "./temporary-folder.ts";
