import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  EINVAL,
  EIO,
  EMFILE,
  ENOMEM,
  ENOSYS,
  EPERM,
  SYS_IO_URING_ENTER,
  SYS_IO_URING_REGISTER,
  SYS_IO_URING_SETUP,
} from "@bascule/sys";
import { uringTest } from "../test/harness.ts";
import { explainSetUp, type MachineFacts, withoutOperation } from "./unavailability.ts";

const MODERN: MachineFacts = {
  kernel: { text: "6.18.1", major: 6, minor: 18 },
  disabled: 0,
  memlockBytes: 65536,
};

test("every refusal has its own code, a cause and a remedy", () => {
  const old = { ...MODERN, kernel: { text: "4.19.0", major: 4, minor: 19 }, disabled: null };
  const cases: [number, MachineFacts, string][] = [
    [EPERM, MODERN, "ERR_URING_FORBIDDEN"],
    [EPERM, { ...MODERN, disabled: null }, "ERR_URING_FORBIDDEN"],
    [EPERM, { ...MODERN, disabled: 1 }, "ERR_URING_DISABLED"],
    [EPERM, { ...MODERN, disabled: 2 }, "ERR_URING_DISABLED"],
    [ENOSYS, old, "ERR_URING_KERNEL_TOO_OLD"],
    [ENOSYS, MODERN, "ERR_URING_FORBIDDEN"],
    [EINVAL, old, "ERR_URING_KERNEL_TOO_OLD"],
    [ENOMEM, MODERN, "ERR_URING_MEMLOCK"],
    [EMFILE, MODERN, "ERR_URING_DESCRIPTORS"],
    [EIO, MODERN, "ERR_URING_SETUP"],
  ];
  for (const [errno, facts, code] of cases) {
    const explained = explainSetUp(-errno, facts);
    expect(explained.code).toBe(code);
    expect(explained.cause).not.toMatch(/\.$/);
    expect(explained.remedy.length).toBeGreaterThan(10);
  }
  expect(withoutOperation("send", MODERN).code).toBe("ERR_URING_OPERATION");
});

/** Runs the child that tries to make a driver, and gives what it says. */
function tryInChild(
  environment: Record<string, string>,
  wrapper: string[] = [],
): { code: string; message: string; remedy: string } | { works: true } {
  const script = join(import.meta.dir, "../test/try-driver.ts");
  const child = Bun.spawnSync([...wrapper, process.execPath, script], {
    env: { ...process.env, ...environment },
    timeout: 20_000,
  });
  const lastLine = child.stdout.toString().trim().split("\n").at(-1) ?? "";
  if (lastLine === "") throw new Error(`The child said nothing: ${child.stderr.toString()}`);
  return JSON.parse(lastLine);
}

test("a missing liburing is told with the command that installs it", () => {
  const told = tryInChild({ BASCULE_LIBURING: "/nonexistent/liburing.so.2" });
  expect(told).toMatchObject({ code: "ERR_LIBURING_MISSING" });
  expect(told).toHaveProperty("remedy", expect.stringContaining("apt-get install liburing2"));
  expect(told).toHaveProperty("message", expect.stringContaining("/nonexistent/liburing.so.2"));
});

test("a library that is no liburing is told apart from a missing one", () => {
  const told = tryInChild({ BASCULE_LIBURING: "libc.so.6" });
  expect(told).toMatchObject({ code: "ERR_LIBURING_TOO_OLD" });
});

test("a seccomp filter that forbids io_uring is told apart from the setting", () => {
  expect(tryInChild({ FORBID: "EPERM" })).toMatchObject({ code: "ERR_URING_FORBIDDEN" });
  expect(tryInChild({ FORBID: "ENOSYS" })).toMatchObject({ code: "ERR_URING_FORBIDDEN" });
});

for (const call of [SYS_IO_URING_SETUP, SYS_IO_URING_ENTER, SYS_IO_URING_REGISTER]) {
  uringTest(`a filter that forbids call ${call} of io_uring alone is told as one`, () => {
    for (const errno of ["EPERM", "ENOSYS"]) {
      const told = tryInChild({ FORBID: errno, CALL: `${call}` });
      expect(told).toMatchObject({ code: "ERR_URING_FORBIDDEN" });
    }
  });
}

uringTest("a memlock limit of 0 is no obstacle, or is told with its remedy", () => {
  const told = tryInChild({ MEMLOCK: "0" });
  if ("code" in told) expect(told.code).toBe("ERR_URING_MEMLOCK");
  else expect(told.works).toBe(true);
});

/**
 * What has a command run as a user without privileges, whose memory nobody else has locked a part
 * of; null where that cannot be.
 */
function withoutPrivileges(): string[] | null {
  const become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  // The checkout may be in a home that is closed to others, and so may Bun.
  const core = Bun.resolveSync("@bascule/core", import.meta.dir);
  const look = ["sh", "-c", 'test -r "$0" && test -x "$1"', core, process.execPath];
  const canBecome = process.getuid?.() === 0 && Bun.which("setpriv") !== null;
  if (canBecome && Bun.spawnSync([...become, ...look]).exitCode === 0) return become;
  process.stderr.write("not run: a user without privileges, who cannot be had or let in here\n");
  return null;
}

const become = withoutPrivileges();

uringTest.skipIf(become === null)(
  "a user without privileges gets a smaller ring within a small limit, none within 0",
  () => {
    if (become === null) return;
    expect(tryInChild({ MEMLOCK: "65536" }, become)).toEqual({ works: true });
    const told = tryInChild({ MEMLOCK: "0" }, become);
    if ("code" in told) expect(told.code).toBe("ERR_URING_MEMLOCK");
    else expect(told.works).toBe(true);
  },
);

uringTest("no descriptor left is told as such", () => {
  expect(tryInChild({ NOFILE: "64" })).toMatchObject({ code: "ERR_URING_DESCRIPTORS" });
});
