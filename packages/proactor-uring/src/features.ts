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
] as const;

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
