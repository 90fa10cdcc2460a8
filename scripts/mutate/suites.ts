import type { SuiteName } from "./fault.ts";

/** Tests that are run as one. */
export interface Suite {
  /** Relative to the checkout. */
  readonly folder: string;
  readonly arguments: readonly string[];
  /** `BASCULE_DRIVER`. */
  readonly driver: "epoll" | "uring";
}

/** What measures time is left out: on a busy machine it fails without a fault. */
const CORE = files(
  "contract/block-pool contract/operation-ledger contract/descriptor wait delivery executor timers",
  "suspend timeout operation-wait task-queue task-scope task-scope-nesting",
  "join-handle join-set unhandled-task-error event-loop host-loop host-wake runtime shutdown",
  "block-on signals schedule yield-now structured.property turns iterators line",
);
const EPOLL = files(
  "accept-connect cancel descriptor-reuse files lifecycle park readiness receive-buffers",
  "starvation transfer wake hosted fairness silent-sends",
);
const URING = files(
  "cancel cancel-queue operation-queue operations starvation queue-pressure lifecycle",
  "passing-results files wake stress silent-sends",
);
const NET = files(
  "chunk-queue accept-queue wait-list outbox inbox line-reader tcp-stream",
  "tcp-listener unix-listener datagram-outbox udp-socket",
);
const BEHAVIOURS = files(
  "read-write lost-race abort abort-each close half-close backpressure connect-accept memory",
  "descriptor-reuse emfile residue chaos reset bad-input",
).map((path) => path.replace("./src/", "./src/behaviours/"));

const DATAGRAMS: readonly string[] = [
  "./src/behaviours/datagrams.test.ts",
  "./src/behaviours/datagram-aborts.test.ts",
];

/** The tests that look for faults. */
export const SUITES: Readonly<Record<SuiteName, Suite>> = {
  contract: { folder: "packages/core", arguments: ["./src/contract"], driver: "epoll" },
  core: { folder: "packages/core", arguments: CORE, driver: "epoll" },
  epoll: { folder: "packages/reactor-epoll", arguments: EPOLL, driver: "epoll" },
  uring: { folder: "packages/proactor-uring", arguments: URING, driver: "uring" },
  sync: { folder: "packages/sync", arguments: [], driver: "epoll" },
  fs: {
    folder: "packages/fs",
    arguments: ["./src/large-files.test.ts"],
    driver: "epoll",
  },
  simulated: {
    folder: "packages/conformance",
    arguments: ["./src/simulated"],
    driver: "epoll",
  },
  "datagrams epoll": {
    folder: "packages/conformance",
    arguments: DATAGRAMS,
    driver: "epoll",
  },
  "datagrams uring": {
    folder: "packages/conformance",
    arguments: DATAGRAMS,
    driver: "uring",
  },
  "net epoll": { folder: "packages/net", arguments: NET, driver: "epoll" },
  "net uring": { folder: "packages/net", arguments: NET, driver: "uring" },
  exhaustive: {
    folder: "packages/conformance",
    arguments: ["./src/exhaustive"],
    driver: "epoll",
  },
  "behaviours epoll": {
    folder: "packages/conformance",
    arguments: BEHAVIOURS,
    driver: "epoll",
  },
  "behaviours uring": {
    folder: "packages/conformance",
    arguments: BEHAVIOURS,
    driver: "uring",
  },
};

function files(...names: readonly string[]): string[] {
  return names.flatMap((line) => line.split(" ")).map((name) => `./src/${name}.test.ts`);
}
