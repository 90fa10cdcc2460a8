import { expect, test } from "bun:test";
import { busySeconds, machineBusySeconds } from "./machine-busy.ts";

test("everything but idling and waiting counts as busy", () => {
  expect(busySeconds("cpu  100 20 30 9999 8888 4 5 6 0 0\ncpu0 1 1 1 1\n")).toBe(1.65);
});

test("this machine has been busy for a while", () => {
  expect(machineBusySeconds()).toBeGreaterThan(0);
});
