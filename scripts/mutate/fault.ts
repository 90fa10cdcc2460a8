/** Which tests to run, in which folder, on which driver. */
export type SuiteName =
  | "contract"
  | "core"
  | "epoll"
  | "uring"
  | "sync"
  | "fs"
  | "simulated"
  | "exhaustive"
  | "datagrams epoll"
  | "datagrams uring"
  | "net epoll"
  | "net uring"
  | "behaviours epoll"
  | "behaviours uring";

/** A small fault: one edit of one source file that some test must notice. */
export interface Fault {
  /** What goes wrong, in words. */
  readonly name: string;
  /** Relative to the checkout. */
  readonly file: string;
  /** The code to replace; any white space in it stands for any white space in the file. */
  readonly find: string;
  readonly replace: string;
  /** Tests to run until one notices, the narrowest first. */
  readonly suites: readonly SuiteName[];
}

/** What goes wrong, the code to replace, and what to replace it with. */
export type Edit = readonly [name: string, find: string, replace: string];

/** Several faults of one file that the same tests are to notice. */
export function faultsIn(
  file: string,
  suites: readonly SuiteName[],
  edits: readonly Edit[],
): Fault[] {
  return edits.map(([name, find, replace]) => ({ name, file, find, replace, suites }));
}

/**
 * The source with the fault in it.
 * @throws Error when the code to replace is not there exactly once
 */
export function applyFault({ name, file, find, replace }: Fault, source: string): string {
  const [first, ...others] = [...source.matchAll(anchorOf(find))];
  if (first === undefined || others.length > 0) {
    const count = first === undefined ? "not" : `${others.length + 1} times`;
    throw new Error(
      `Cannot apply fault "${name}": its code is ${count} in ${file}; ` +
        `adapt the fault in scripts/mutate/faults to what the code has become: ${find}`,
    );
  }
  const changed =
    source.slice(0, first.index) + replace + source.slice(first.index + first[0].length);
  if (changed === source) throw new Error(`Cannot apply fault "${name}": it changes nothing`);
  return changed;
}

/** The formatter may break lines elsewhere one day: only the words count. */
function anchorOf(find: string): RegExp {
  const words = find.trim().split(/\s+/);
  return new RegExp(words.map((word) => RegExp.escape(word)).join("\\s+"), "g");
}
