import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { nameOf } from "../test/sockets.ts";
import { kernelRelease, parseRelease, uringDisabledSetting } from "./kernel.ts";
import { getResourceLimit, RLIMIT_MEMLOCK, RLIMIT_NOFILE, setResourceLimit } from "./limits.ts";

function limitOfProc(line: string): string[] {
  const text = readFileSync("/proc/self/limits", "latin1");
  const found = text.split("\n").find((candidate) => candidate.startsWith(line)) ?? "";
  return found.slice(line.length).trim().split(/\s+/).slice(0, 2);
}

test("limits are those the kernel shows, Infinity for none", () => {
  const lines: [number, string][] = [
    [RLIMIT_NOFILE, "Max open files"],
    [RLIMIT_MEMLOCK, "Max locked memory"],
    [4, "Max core file size"],
    [9, "Max address space"],
  ];
  for (const [resource, line] of lines) {
    const { soft, hard } = getResourceLimit(resource);
    const text = [soft, hard].map((value) => (value === Infinity ? "unlimited" : String(value)));
    expect(text).toEqual(limitOfProc(line));
  }
});

test("a limit is lowered and raised up to the hard one", () => {
  const before = getResourceLimit(RLIMIT_NOFILE);
  expect(setResourceLimit(RLIMIT_NOFILE, { soft: 100, hard: before.hard })).toBe(0);
  expect(getResourceLimit(RLIMIT_NOFILE)).toEqual({ soft: 100, hard: before.hard });
  expect(setResourceLimit(RLIMIT_NOFILE, before)).toBe(0);
  expect(nameOf(setResourceLimit(RLIMIT_NOFILE, { soft: 10, hard: 5 }))).toBe("EINVAL");
  expect(() => getResourceLimit(999)).toThrow("EINVAL: invalid argument, getrlimit");
});

test("a kernel's release is taken apart", () => {
  expect(parseRelease("6.1.0-18-amd64")).toEqual({ text: "6.1.0-18-amd64", major: 6, minor: 1 });
  expect(parseRelease("unknown")).toEqual({ text: "unknown", major: 0, minor: 0 });
  expect(kernelRelease().major).toBeGreaterThanOrEqual(4);
});

test("the io_uring setting is 0, 1, 2, or null on a kernel without it", () => {
  expect([0, 1, 2, null]).toContain(uringDisabledSetting());
});
