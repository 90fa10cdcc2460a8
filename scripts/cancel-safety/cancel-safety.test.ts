import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publicWaits } from "./public-waits.ts";
import { readSafetyTable } from "./safety-table.ts";

const ROOT = join(import.meta.dir, "../..");
const PACKAGES = ["core", "net", "fs", "sync"];
const TABLE = readSafetyTable(readFileSync(join(ROOT, "docs/cancel-safety.md"), "utf8"));

test.each(PACKAGES)("every public wait of %s has a row, and every row a wait", (packageName) => {
  const waits = publicWaits(join(ROOT, "packages", packageName));
  const rows = TABLE.rows.filter((row) => row.packageName === packageName);
  expect(rows.flatMap(({ names }) => names).toSorted()).toEqual([...waits]);
});

test("every row names a proof, and every proof proves some row", () => {
  const known = TABLE.proofs.map(({ id }) => id);
  const used = new Set(TABLE.rows.flatMap(({ proofs }) => proofs));
  for (const { names, proofs } of TABLE.rows) expect(proofs, names.join()).not.toEqual([]);
  expect([...used].toSorted()).toEqual(known.toSorted());
});

test("every proof is a test that exists, by that name", () => {
  for (const { id, path, testName } of TABLE.proofs) {
    const file = join(ROOT, "packages", path);
    expect(existsSync(file), id).toBe(true);
    expect(readFileSync(file, "utf8"), id).toContain(`"${testName}"`);
  }
});

test("a wait is found as a function, a method, a property, a loop and a disposal", () => {
  const waits = publicWaits(join(ROOT, "packages/net"));
  expect(waits).toEqual(
    expect.arrayContaining([
      "LineReader.next",
      "StreamSocket.closed",
      "TcpStream.connect",
      "await using StreamListener",
      "for await StreamSocket",
    ]),
  );
  expect(publicWaits(join(ROOT, "packages/sync"))).toEqual(
    expect.arrayContaining(["oneshot", "select", "Mutex.lock"]),
  );
});
