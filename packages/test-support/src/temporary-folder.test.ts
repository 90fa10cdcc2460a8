import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { TemporaryFolder } from "./temporary-folder.ts";

test("a temporary folder goes with all that is in it", () => {
  let path = "";
  {
    using folder = new TemporaryFolder();
    path = folder.at("file");
    writeFileSync(path, "text");
    expect(existsSync(path)).toBe(true);
  }
  expect(existsSync(path)).toBe(false);
});
