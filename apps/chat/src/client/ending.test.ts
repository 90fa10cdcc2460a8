import { expect, test } from "bun:test";
import { endingOf } from "./ending.ts";

test("whoever leaves by themselves is told nothing", () => {
  const ending = endingOf({ hasLeft: true, lastLine: "ann: hi", error: null });
  expect(ending).toEqual({ message: null, exitCode: 0 });
});

test("a server that said that it is leaving is no failure", () => {
  const ending = endingOf({ hasLeft: false, lastLine: "server is leaving", error: null });
  expect(ending).toEqual({ message: "The server has left", exitCode: 0 });
});

test("a server that vanishes is one, with the reason where there is one", () => {
  expect(endingOf({ hasLeft: false, lastLine: "", error: null }).exitCode).toBe(1);
  const error = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  const { message, exitCode } = endingOf({ hasLeft: false, lastLine: "", error });
  expect(message).toContain("(ECONNRESET)");
  expect(exitCode).toBe(1);
});
