import { isIP } from "node:net";

/** A name without what does not count: large letters, and the dot of the root. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** @throws RangeError when a name would not lead to its host, or to another as well */
export function checkHostNames(names: readonly string[]): void {
  const taken = new Set<string>();
  for (const name of names) {
    const plain = plainName(name);
    if (plain === "localhost" || isIP(plain) !== 0) {
      throw new RangeError(`Cannot add host "${name}": that is an address, pass a name of its own`);
    }
    if (taken.has(plain)) {
      throw new RangeError(
        `Cannot add host "${name}" twice: neither large letters nor a dot at the end count`,
      );
    }
    taken.add(plain);
  }
}
