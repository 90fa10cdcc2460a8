import { expect, test } from "bun:test";
import { verdictOf } from "./verdict.ts";

const ENDED = { durationMs: 1, complaint: null };

test("a green run notices nothing", () => {
  const output = "(pass) it works [1.00ms]\n\n 1 pass\n 0 fail\n";
  expect(verdictOf({ ...ENDED, output, exitCode: 0 })).toEqual({
    isGreen: true,
    isHang: false,
    noticedBy: "",
  });
});

test("the first test that failed is named, without its time", () => {
  const output = "(pass) a [1.00ms]\n(fail) reads > gives [all] back [12.50ms]\n(fail) b [1 ms]\n";
  expect(verdictOf({ ...ENDED, output, exitCode: 1 })).toEqual({
    isGreen: false,
    isHang: false,
    noticedBy: "reads > gives [all] back",
  });
});

test("a hang and a crash are named as such", () => {
  const hang = { ...ENDED, output: "", exitCode: null, complaint: "The time limit of 9 s passed" };
  expect(verdictOf(hang)).toEqual({
    isGreen: false,
    isHang: true,
    noticedBy: "» The time limit of 9 s passed",
  });
});

test("a failure outside every test is named by its error", () => {
  const output = "some text\nInvariantError: error: it is closed twice\n";
  expect(verdictOf({ ...ENDED, output, exitCode: 1 }).noticedBy).toBe(
    "» InvariantError: error: it is closed twice",
  );
  expect(verdictOf({ ...ENDED, output: "", exitCode: 3 }).noticedBy).toBe("» exit code 3");
});
