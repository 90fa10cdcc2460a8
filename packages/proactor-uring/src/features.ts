import {
  IORING_OP_FALLOCATE,
  IORING_OP_FSYNC,
  IORING_OP_FTRUNCATE,
  IORING_OP_LINKAT,
  IORING_OP_MKDIRAT,
  IORING_OP_OPENAT,
  IORING_OP_READ,
  IORING_OP_RENAMEAT,
  IORING_OP_STATX,
  IORING_OP_SYMLINKAT,
  IORING_OP_UNLINKAT,
  IORING_OP_WRITE,
} from "@bascule/sys";

/**
 * What a driver can use of a new kernel and can do without, by the names that
 * `DriverOptions.without` takes. Each has a fallback, which is tested by switching it off.
 */
export const FEATURES = [
  "submit-all",
  "coop-taskrun",
  "single-issuer",
  "defer-taskrun",
  "ext-arg",
  "buffer-ring",
  "multishot-recv",
  "multishot-accept",
  "multishot-poll",
  "silent-sends",
  "openat",
  "statx",
  "read",
  "write",
  "fsync",
  "fallocate",
  "ftruncate",
  "renameat",
  "unlinkat",
  "mkdirat",
  "symlinkat",
  "linkat",
] as const;

/** Operations on files that the ring may lack: a thread makes the call then. */
export const FILE_OPCODES: readonly (readonly [Feature, number])[] = [
  ["openat", IORING_OP_OPENAT],
  ["statx", IORING_OP_STATX],
  ["read", IORING_OP_READ],
  ["write", IORING_OP_WRITE],
  ["fsync", IORING_OP_FSYNC],
  ["fallocate", IORING_OP_FALLOCATE],
  ["ftruncate", IORING_OP_FTRUNCATE],
  ["renameat", IORING_OP_RENAMEAT],
  ["unlinkat", IORING_OP_UNLINKAT],
  ["mkdirat", IORING_OP_MKDIRAT],
  ["symlinkat", IORING_OP_SYMLINKAT],
  ["linkat", IORING_OP_LINKAT],
];

export type Feature = (typeof FEATURES)[number];

/**
 * Reads `DriverOptions.without`.
 * @throws {RangeError} when a name is not one of {@link FEATURES}: a misspelt one would test
 *   nothing
 */
export function parseWithout(names: readonly string[]): ReadonlySet<Feature> {
  const excluded = new Set<Feature>();
  for (const name of names) {
    const feature = FEATURES.find((known) => known === name);
    if (feature === undefined) {
      throw new RangeError(
        `Cannot do without "${name}": the features of the uring driver are ${FEATURES.join(", ")}`,
      );
    }
    excluded.add(feature);
  }
  return excluded;
}
