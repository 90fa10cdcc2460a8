import { expect, test } from "bun:test";
import { tarballFaults } from "./check-tarball.ts";

const WHOLE = ["LICENSE", "README.md", "package.json", "src/index.ts", "dist/index.d.ts"];

test("a whole package has no faults", () => {
  const manifest = '{ "dependencies": { "@bascule/core": "^0.1.0" } }';
  expect(tarballFaults({ paths: WHOLE, manifest })).toEqual([]);
});

test("a range that only means something in the workspace is a fault", () => {
  for (const range of ["workspace:^", "catalog:", "link:../core", "file:../core"]) {
    const manifest = `{ "dependencies": { "@bascule/core": "${range}" } }`;
    expect(tarballFaults({ paths: WHOLE, manifest })).toHaveLength(1);
  }
});

test("a missing file and a packed test are faults", () => {
  expect(tarballFaults({ paths: WHOLE.slice(1), manifest: "{}" })).toEqual(["LICENSE is missing"]);
  expect(tarballFaults({ paths: [...WHOLE, "src/a.test.ts"], manifest: "{}" })).toHaveLength(1);
});
