import { expect, test } from "bun:test";
import { declaredImports, lockfileHosts, publishable, runtimeDependencies } from "./manifests.ts";

const PATH = "packages/net/package.json";

test("a package depends on ours alone, through the workspace", () => {
  const ours = { dependencies: { "@bascule/core": "workspace:^" } };
  expect(runtimeDependencies(PATH, ours)).toEqual([]);
  expect(runtimeDependencies(PATH, { dependencies: { ms: "1.0.0" } })).toHaveLength(1);
  expect(runtimeDependencies(PATH, { peerDependencies: { ms: "1.0.0" } })).toHaveLength(1);
  expect(runtimeDependencies(PATH, { devDependencies: { ms: "1.0.0" } })).toEqual([]);
  expect(runtimeDependencies(PATH, { dependencies: { "@bascule/core": "^1" } })).toHaveLength(1);
});

test("what is imported is declared", () => {
  const manifest = { dependencies: { "@bascule/core": "workspace:^" } };
  expect(declaredImports(PATH, manifest, new Set(["@bascule/core"]))).toEqual([]);
  expect(declaredImports(PATH, manifest, new Set(["@bascule/sys"]))).toHaveLength(1);
});

test("a published package names its terms and leaves its tests at home", () => {
  const whole = { license: "MIT", type: "module", files: ["src", "!src/**/*.test.ts"] };
  expect(publishable(PATH, whole)).toEqual([]);
  expect(publishable(PATH, { files: ["src"] })).toHaveLength(3);
  expect(publishable(PATH, { private: true })).toEqual([]);
});

test("a registry's address in the lock file is found with its line", () => {
  const url = '"x": ["x@1.0.0", "https://registry.example.org/x.tgz"]';
  expect(lockfileHosts("bun.lock", `{\n${url}\n}`)).toMatchObject([{ line: 2 }]);
  expect(lockfileHosts("bun.lock", '{ "x": ["x@1.0.0", ""] }')).toEqual([]);
});
