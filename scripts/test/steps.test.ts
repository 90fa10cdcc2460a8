import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest, Workspace } from "../workspaces.ts";
import { workspaceSteps } from "./steps.ts";

const root = mkdtempSync(join(tmpdir(), "bascule-steps-"));
afterAll(() => rmSync(root, { recursive: true }));

function workspaceWith(scripts: Record<string, string>, hasTests: boolean = true): Workspace {
  mkdirSync(join(root, "packages/net/src"), { recursive: true });
  const path = join(root, "packages/net/src/a.test.ts");
  if (hasTests) writeFileSync(path, "");
  else rmSync(path, { force: true });
  const manifest: Manifest = { name: "@bascule/net", version: "0.0.0", scripts };
  return { folder: "packages/net", manifest };
}

test("a workspace without a test script runs bun test in its folder", () => {
  const steps = workspaceSteps(root, workspaceWith({ build: "tsc" }), null);
  const argv = ["bun", "test", "--timeout", "30000"];
  expect(steps).toMatchObject([{ name: "net", argv, folder: "packages/net" }]);
});

test("each test script is a step of its own", () => {
  const scripts = { "test:epoll": "bun test", "test:uring": "bun test" };
  const names = workspaceSteps(root, workspaceWith(scripts), null).map(({ name }) => name);
  expect(names).toEqual(["net epoll", "net uring"]);
});

test("without io_uring its step is left out, with the reason", () => {
  const scripts = { "test:epoll": "bun test", "test:uring": "bun test" };
  const [, omitted] = workspaceSteps(root, workspaceWith(scripts), "forbidden here");
  const expected = { name: "net uring", reason: "io_uring: forbidden here", isFault: false };
  expect(omitted).toEqual(expected);
});

test("a workspace without tests is a fault", () => {
  const steps = workspaceSteps(root, workspaceWith({}, false), null);
  expect(steps).toEqual([{ name: "net", reason: "no tests", isFault: true }]);
});
