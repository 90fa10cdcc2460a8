import type { SuiteName } from "./fault.ts";

/** Tests that are run as one. */
export interface Suite {
  /** Relative to the checkout. */
  readonly folder: string;
  readonly arguments: readonly string[];
  /** `BASCULE_DRIVER`. */
  readonly driver: "auto" | "epoll" | "uring";
}

/** The tests that look for faults. */
export const SUITES: Readonly<Record<SuiteName, Suite>> = {
  contract: { folder: "packages/core", arguments: ["./src/contract"], driver: "epoll" },
  core: { folder: "packages/core", arguments: [], driver: "epoll" },
  epoll: { folder: "packages/reactor-epoll", arguments: [], driver: "epoll" },
  uring: { folder: "packages/proactor-uring", arguments: [], driver: "uring" },
  sync: { folder: "packages/sync", arguments: [], driver: "epoll" },
  "net epoll": { folder: "packages/net", arguments: [], driver: "epoll" },
  "net uring": { folder: "packages/net", arguments: [], driver: "uring" },
  "behaviours epoll": {
    folder: "packages/conformance",
    arguments: ["./src/behaviours"],
    driver: "epoll",
  },
  "behaviours uring": {
    folder: "packages/conformance",
    arguments: ["./src/behaviours"],
    driver: "uring",
  },
};
