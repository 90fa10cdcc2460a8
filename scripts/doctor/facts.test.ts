import { expect, test } from "bun:test";
import { kernelFact, limitFact, machineFacts, uringSwitchFact } from "./facts.ts";

test("a kernel that lacks something says what", () => {
  expect(kernelFact("6.18.2-amd64").remedy).toBeNull();
  expect(kernelFact("5.15.0").remedy).toContain("fallbacks");
  expect(kernelFact("4.19.0").remedy).toContain("only epoll");
});

test("the switch of io_uring is told with the command that turns it", () => {
  expect(uringSwitchFact("0").remedy).toBeNull();
  expect(uringSwitchFact(null).remedy).toBeNull();
  expect(uringSwitchFact("1").remedy).toContain("sysctl");
  expect(uringSwitchFact("2")).toMatchObject({ value: "2: forbidden for all" });
});

test("a limit shows what holds and how far it may be raised", () => {
  const limits = "Max open files            1024                 524288               files     \n";
  const { value } = limitFact("open files", limits, "Max open files");
  expect(value).toBe("1024 (may be raised to 524288)");
  expect(limitFact("open files", null, "Max open files").value).toBe("unknown");
});

test("every fact of this machine has a value", () => {
  for (const { value } of machineFacts()) expect(value).not.toBe("");
});
