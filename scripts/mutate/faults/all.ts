import type { Fault } from "../fault.ts";
import { contractFaults } from "./contract.ts";
import { coreFaults } from "./core.ts";
import { datagramFaults } from "./datagrams.ts";
import { epollFaults } from "./epoll.ts";
import { fsFaults } from "./fs.ts";
import { netFaults } from "./net.ts";
import { syncFaults } from "./sync.ts";
import { uringFaults } from "./uring.ts";

/** Every fault that the tests must notice. */
export const FAULTS: readonly Fault[] = [
  ...contractFaults,
  ...coreFaults,
  ...epollFaults,
  ...uringFaults,
  ...netFaults,
  ...datagramFaults,
  ...fsFaults,
  ...syncFaults,
];
