import {
  EINVAL,
  ENOMEM,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
  UringMemory,
} from "@bascule/sys";
import type { Feature } from "./features.ts";

/** The kernel's limit for the completion queue. */
const COMPLETION_ENTRIES_MAX = 65536;
const COMPLETIONS_PER_SUBMISSION = 4;
/** A ring is not made smaller than this: its queues are one page each. */
const ENTRIES_MIN = 8;

/** One way to set a ring up, and the kernel that brought it. */
export interface SetupStep {
  readonly flags: number;
  readonly needs: readonly Feature[];
  readonly since: string;
  /** For a person: how completions are made. */
  readonly detail: string;
}

/**
 * From the newest kernel to the oldest. With DEFER_TASKRUN completions are made only while we enter
 * the kernel for them, in batches; with COOP_TASKRUN whenever we are in the kernel for anything;
 * below that the kernel interrupts us for each.
 */
const STEPS: readonly SetupStep[] = [
  {
    flags:
      IORING_SETUP_SUBMIT_ALL |
      IORING_SETUP_SINGLE_ISSUER |
      IORING_SETUP_DEFER_TASKRUN |
      IORING_SETUP_TASKRUN_FLAG,
    needs: ["submit-all", "single-issuer", "defer-taskrun"],
    since: "6.1",
    detail: "completions are gathered until the runtime asks for them",
  },
  {
    flags:
      IORING_SETUP_SUBMIT_ALL |
      IORING_SETUP_SINGLE_ISSUER |
      IORING_SETUP_COOP_TASKRUN |
      IORING_SETUP_TASKRUN_FLAG,
    needs: ["submit-all", "single-issuer", "coop-taskrun"],
    since: "6.0",
    detail: "completions are made whenever the thread is in the kernel",
  },
  {
    flags: IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
    needs: ["submit-all", "coop-taskrun"],
    since: "5.19",
    detail: "completions are made whenever the thread is in the kernel",
  },
  {
    flags: IORING_SETUP_SUBMIT_ALL,
    needs: ["submit-all"],
    since: "5.18",
    detail: "the kernel interrupts the thread for completions",
  },
  {
    flags: 0,
    needs: [],
    since: "5.8",
    detail: "the kernel interrupts the thread for completions, and stops a batch at an error",
  },
];

/** A ring, and which of the steps it was set up by. */
export interface RingSetup {
  readonly memory: UringMemory;
  readonly step: SetupStep;
}

/**
 * Sets a ring up. Since Linux 6.14 its memory counts as locked memory of a user without privileges:
 * where the limit is small, a smaller ring does the same in more system calls.
 * @returns the ring, or `-errno`
 * @throws {LibraryMissingError} when liburing cannot be loaded
 */
export function setUpRing(entries: number, without: ReadonlySet<Feature>): RingSetup | number {
  for (let size = entries; ; size /= 2) {
    const setup = setUpByNewestStep(size, without);
    if (setup !== -ENOMEM || size <= ENTRIES_MIN) return setup;
  }
}

/**
 * A kernel that does not know a flag answers EINVAL; other answers are about the ring as a whole.
 */
function setUpByNewestStep(entries: number, without: ReadonlySet<Feature>): RingSetup | number {
  const wanted = entries * COMPLETIONS_PER_SUBMISSION;
  const completionEntries = Math.min(wanted, COMPLETION_ENTRIES_MAX);
  for (const step of STEPS) {
    if (step.needs.some((feature) => without.has(feature))) continue;
    const memory = UringMemory.setup({ entries, completionEntries, flags: step.flags });
    if (typeof memory !== "number") return { memory, step };
    if (memory !== -EINVAL) return memory;
  }
  return -EINVAL;
}
