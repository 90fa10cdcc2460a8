import type { Choices } from "./choices.ts";
import { check, NOT_NEGATIVE, PROBABILITY, rangeFrom, type Rule } from "./rules.ts";

/**
 * How likely each fault is, from 0 to 1 at every occasion, and the ranges that a run chooses from.
 * What is left out does not happen.
 */
export interface Faults {
  /** A ready task, or host, goes before those that were ready earlier. */
  reorderedTasks: number;
  /** A completion comes before earlier ones. */
  reorderedCompletions: number;
  /** A completion comes later than it could: by up to a millisecond. */
  delayedCompletions: number;
  /** A receive, send, read or write moves less than it could. */
  shortCounts: number;
  /** `EINTR`: the call is to be made again. */
  interruptedCalls: number;
  /** `EAGAIN`: it seemed possible, and is not just yet. */
  spuriousReadiness: number;
  /** A multishot operation ends without MORE although it succeeded, and is submitted again. */
  endedMultishots: number;
  /** `ENOBUFS`: no receive buffer was found. */
  missingBuffers: number;
  /** The submission queue is full: some submissions wait for the next turn. */
  fullSubmissionQueues: number;
  /** The completion queue overflows: some completions wait for the next turn. */
  overflowingCompletionQueues: number;
  /** A cancel is carried out later, so that the operation may succeed before. */
  lateCancels: number;
  /** A connection is reset while something is sent over it. */
  resets: number;
  /** A connection is refused although somebody listens. */
  refusals: number;
  /** A connection vanishes without a word: what is sent is never answered. */
  lostConnections: number;
  /** A datagram between two hosts is lost. */
  lostDatagrams: number;
  /** A datagram between two hosts comes twice. */
  repeatedDatagrams: number;
  /** A connection dies before it is accepted (`ECONNABORTED`). */
  abortedAccepts: number;
  /** `EIO` from a file. */
  ioErrors: number;
  /** `ENOSPC` from a file. */
  fullDisks: number;
  /** Of a write that was not synced, a crash leaves a part, in sectors of 512 bytes. */
  tornWrites: number;
  /**
   * How long a packet travels between two hosts. Each way of each connection has its own time, and
   * each datagram has, so that one may overtake another.
   */
  latencyMs: readonly [min: number, max: number];
  /** Bytes that a connection carries in a millisecond; 0 is no bound. */
  bytesPerMs: number;
  /** How much may be under way or unread in one direction of a connection. */
  socketBufferBytes: readonly [min: number, max: number];
  /** How long a call to a disk takes. */
  diskLatencyMs: readonly [min: number, max: number];
}

/** Nothing goes wrong, and nothing takes time but the network between hosts. */
export const NO_FAULTS: Faults = {
  reorderedTasks: 0,
  reorderedCompletions: 0,
  delayedCompletions: 0,
  shortCounts: 0,
  interruptedCalls: 0,
  spuriousReadiness: 0,
  endedMultishots: 0,
  missingBuffers: 0,
  fullSubmissionQueues: 0,
  overflowingCompletionQueues: 0,
  lateCancels: 0,
  resets: 0,
  refusals: 0,
  lostConnections: 0,
  lostDatagrams: 0,
  repeatedDatagrams: 0,
  abortedAccepts: 0,
  ioErrors: 0,
  fullDisks: 0,
  tornWrites: 0,
  latencyMs: [0.1, 0.1],
  bytesPerMs: 0,
  socketBufferBytes: [262_144, 262_144],
  diskLatencyMs: [0, 0],
};

/**
 * What any program has to stand: other orders, other times, calls that do less than they were asked
 * to. A correct program notices nothing of them.
 */
export const BENIGN_FAULTS: Faults = {
  ...NO_FAULTS,
  reorderedTasks: 0.5,
  reorderedCompletions: 0.3,
  delayedCompletions: 0.05,
  shortCounts: 0.1,
  interruptedCalls: 0.03,
  spuriousReadiness: 0.03,
  endedMultishots: 0.1,
  missingBuffers: 0.05,
  fullSubmissionQueues: 0.1,
  overflowingCompletionQueues: 0.1,
  lateCancels: 0.3,
  tornWrites: 0.5,
  latencyMs: [0.05, 20],
  socketBufferBytes: [1024, 262_144],
  diskLatencyMs: [0, 5],
};

/** Everything: also connections that break, and disks that fail. */
export const ALL_FAULTS: Faults = {
  ...BENIGN_FAULTS,
  resets: 0.002,
  refusals: 0.02,
  lostConnections: 0.001,
  lostDatagrams: 0.02,
  repeatedDatagrams: 0.01,
  abortedAccepts: 0.05,
  ioErrors: 0.005,
  fullDisks: 0.005,
};

/** `none`, `benign` (other orders, other times), `all`, or the faults that are wanted. */
export type FaultOptions = "none" | "benign" | "all" | Partial<Faults>;

/** What each fault may be set to. */
const FAULT_RULES: Readonly<Record<keyof Faults, Rule>> = {
  reorderedTasks: PROBABILITY,
  reorderedCompletions: PROBABILITY,
  delayedCompletions: PROBABILITY,
  shortCounts: PROBABILITY,
  interruptedCalls: PROBABILITY,
  spuriousReadiness: PROBABILITY,
  endedMultishots: PROBABILITY,
  missingBuffers: PROBABILITY,
  fullSubmissionQueues: PROBABILITY,
  overflowingCompletionQueues: PROBABILITY,
  lateCancels: PROBABILITY,
  resets: PROBABILITY,
  refusals: PROBABILITY,
  lostConnections: PROBABILITY,
  abortedAccepts: PROBABILITY,
  ioErrors: PROBABILITY,
  fullDisks: PROBABILITY,
  tornWrites: PROBABILITY,
  lostDatagrams: PROBABILITY,
  repeatedDatagrams: PROBABILITY,
  latencyMs: rangeFrom(0),
  bytesPerMs: NOT_NEGATIVE,
  socketBufferBytes: rangeFrom(1),
  diskLatencyMs: rangeFrom(0),
};

/** Kinds that a run may leave out; without a crash there are no torn writes anyhow. */
const OMISSIBLE: readonly (keyof Faults)[] = Object.keys(FAULT_RULES)
  .filter(isFault)
  .filter((name) => FAULT_RULES[name] === PROBABILITY && name !== "tornWrites");

const PRESETS: ReadonlyMap<unknown, Faults> = new Map([
  ["none", NO_FAULTS],
  ["benign", BENIGN_FAULTS],
  ["all", ALL_FAULTS],
]);

export const FAULT_OPTIONS: Rule = {
  holds: (value) => PRESETS.has(value) || (typeof value === "object" && value !== null),
  pass: '"none", "benign", "all", or an object of faults by name',
};

/**
 * What was asked for, whole.
 * @throws RangeError for a fault that there is not, or that cannot be so
 */
export function resolveFaults(options: FaultOptions): Faults {
  const preset = PRESETS.get(options);
  if (preset !== undefined) return preset;
  for (const [name, value] of Object.entries(options)) {
    if (!isFault(name)) {
      const names = Object.keys(FAULT_RULES).join(", ");
      throw new RangeError(`Cannot set fault "${name}": there are ${names}`);
    }
    check(`set fault "${name}" to`, value, FAULT_RULES[name]);
  }
  return { ...NO_FAULTS, ...(options as Partial<Faults>) };
}

function isFault(name: string): name is keyof Faults {
  return Object.hasOwn(FAULT_RULES, name);
}

/**
 * Leaves some kinds of faults out of a run. Runs that have all of them at once resemble each other;
 * with a different part each, some get far into what a single kind of fault can do.
 */
export function pickFaults(faults: Faults, choices: Choices): Faults {
  const picked: Faults = { ...faults };
  for (const key of OMISSIBLE) {
    if (picked[key] !== 0 && choices.choose(4) === 0) (picked[key] as number) = 0;
  }
  return picked;
}
