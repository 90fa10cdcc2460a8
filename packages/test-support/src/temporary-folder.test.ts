import { expect, test } from "bun:test";
import { existsSync, lstatSync, writeFileSync } from "node:fs";
import { TemporaryFolder } from "./temporary-folder.ts";

test("a temporary folder goes with all that is in it", () => {
  let path = "";
  {
    using folder = new TemporaryFolder();
    path = folder.at("file");
    writeFileSync(path, "text");
    expect(existsSync(path)).toBe(true);
    expect(lstatSync(folder.fifo("fifo")).isFIFO()).toBe(true);
    expect(() => folder.fifo("fifo")).toThrow("File exists");
  }
  expect(existsSync(path)).toBe(false);
});
