/** One row of the table: what is said of some waits, and the tests that prove it. */
export interface SafetyRow {
  readonly packageName: string;
  readonly names: readonly string[];
  readonly proofs: readonly string[];
}

/** A test that proves something: its file, below `packages`, and its name. */
export interface Proof {
  readonly id: string;
  readonly path: string;
  readonly testName: string;
}

/** What the page says. */
export interface SafetyTable {
  readonly rows: readonly SafetyRow[];
  readonly proofs: readonly Proof[];
}

const HEADING = /^## @bascule\/(\w+)$/;
const ROW = /^\| (`.*?) +\|(?:[^|]*)\| +(\S.*?) *\|$/;
const PROOF = /^- (\w\d+): (\S+\.test\.ts): (.+)$/;

/** Reads the page: a heading, a table and a list of proofs for each package. */
export function readSafetyTable(page: string): SafetyTable {
  const rows: SafetyRow[] = [];
  const proofs: Proof[] = [];
  let packageName = "";
  for (const line of page.split("\n")) {
    packageName = HEADING.exec(line)?.[1] ?? packageName;
    const [, names, ids] = ROW.exec(line) ?? [];
    if (names !== undefined && ids !== undefined) {
      const quoted = [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
      rows.push({ packageName, names: quoted, proofs: idsOf(ids) });
    }
    const [, id, path, testName] = PROOF.exec(line) ?? [];
    if (id !== undefined && path !== undefined && testName !== undefined) {
      proofs.push({ id, path, testName });
    }
  }
  return { rows, proofs };
}

/** `N1–N3, N5` is N1, N2, N3 and N5. */
function idsOf(text: string): string[] {
  return text.split(", ").flatMap((part) => {
    const [, letter = "", first = "", last = first] = /^(\w)(\d+)(?:–\w(\d+))?$/.exec(part) ?? [];
    const count = Number(last) - Number(first) + 1;
    return Array.from({ length: count }, (_, index) => `${letter}${Number(first) + index}`);
  });
}
