import { expect, test } from "bun:test";
import { publicWorkspaces, readWorkspaces } from "../workspaces.ts";

test("packages come before apps, and those before the examples", () => {
  const folders = readWorkspaces().map(({ folder }) => folder);
  const kinds = folders.map((folder) => folder.split("/")[0]);
  expect([...new Set(kinds)]).toEqual(["packages", "apps", "examples"]);
  expect(folders.slice(0, 2)).toEqual(["packages/core", "packages/sys"]);
  expect(folders.at(-1)).toBe("examples");
});

test("apps and examples are not published", () => {
  const folders = publicWorkspaces().map(({ folder }) => folder);
  expect(folders).toContain("packages/core");
  expect(folders.filter((folder) => !folder.startsWith("packages/"))).toEqual([]);
});
