import { expect, test } from "bun:test";
import { clean } from "./clean.ts";
import { nameTrouble, toName } from "./names.ts";

test("clean() shows control characters and direction overrides", () => {
  expect(clean("\u001b[31m\u0000\u007f\u0085")).toBe("\\x1b[31m\\x00\\x7f\\x85");
  expect(clean("\u2028\u202a\u202e\u2066\u2069")).toBe(
    "\\u{2028}\\u{202a}\\u{202e}\\u{2066}\\u{2069}",
  );
});

test("clean() leaves ordinary text of every script alone", () => {
  const scripts = ["naïve", "日本語", "שלום", "👩‍👩‍👧", "a\u0301"];
  for (const text of ["", "C:\\dir \\x1b", ...scripts]) {
    expect(clean(text)).toBe(text);
  }
});

test("toName() takes the space around a name away, and composes it", () => {
  expect(toName("  ann \t")).toBe("ann");
  expect(toName("e\u0301ric")).toBe("éric");
});

test("nameTrouble() finds fault with what cannot be printed or is of the wrong length", () => {
  const longest = ["x", "😀"].map((character) => character.repeat(32));
  for (const name of ["a", "Ann of Green Gables", "名前", "a:b", ...longest]) {
    expect(nameTrouble(name)).toBeNull();
  }
  expect(nameTrouble("")).toMatch(/empty/);
  expect(nameTrouble("x".repeat(33))).toMatch(/33 characters/);
  for (const name of ["a\u0007", "a\u202eb", "a\u200bb", "a\tb", "\ufeffa"]) {
    expect(nameTrouble(name)).toMatch(/cannot be printed/);
  }
});

test("nameTrouble() leaves the commands to be commands", () => {
  for (const name of ["/who", "/stats", "/quit"]) expect(nameTrouble(name)).toMatch(/a command/);
  for (const name of ["/", "/whoever", "who"]) expect(nameTrouble(name)).toBeNull();
});
