import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ROOT } from "../workspaces.ts";

// A checkout whose path has a space, with a Bun that only says how it was started.
const root = join(mkdtempSync(join(tmpdir(), "bascule-dev-")), "a checkout");
const tools = join(root, "stand-ins");

beforeAll(() => {
  mkdirSync(tools, { recursive: true });
  cpSync(join(ROOT, "dev"), join(root, "dev"));
  writeFileSync(join(root, "package.json"), '{ "packageManager": "bun@9.9.9" }');
  writeFileSync(join(root, "bun.lock"), "");
  standIn("bun", 'if [ "$1" = --version ]; then echo 9.9.9; else echo "$PWD:" "$@"; fi');
  mkdirSync(join(root, "node_modules"));
  const storms = join(root, "packages/conformance/src/storms");
  mkdirSync(storms, { recursive: true });
  for (const name of ["main", "cancels.test", "races.test"]) {
    writeFileSync(join(storms, `${name}.ts`), "");
  }
});
afterAll(() => rmSync(join(root, ".."), { recursive: true }));

function standIn(name: string, script: string): void {
  const path = join(tools, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

function dev(args: readonly string[], path: string = `${tools}${delimiter}/usr/bin:/bin`): Outcome {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["sh", join(root, "dev"), ...args], {
    cwd: "/",
    env: { PATH: path, BASCULE_DRIVER: "epoll" },
  });
  return { exitCode, stdout: stdout.toString().trim(), stderr: stderr.toString().trim() };
}

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

test("without a command it lists the commands", () => {
  const { exitCode, stdout } = dev([]);
  expect(exitCode).toBe(0);
  for (const command of ["chat", "chat-client", "echo", "test", "bench", "top", "doctor", "bun"]) {
    expect(stdout).toContain(`\n  ${command} `);
  }
});

test("an unknown command is one message and exit code 2", () => {
  const { exitCode, stdout, stderr } = dev(["chatt"]);
  expect(exitCode).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toBe('There is no command "chatt": ./dev lists the commands');
});

test("what takes words has a help, which needs nothing set up", () => {
  for (const command of ["test", "check", "doctor", "storm", "fuzz", "mutate"]) {
    const { exitCode, stdout } = dev([command, "--help"], "/usr/bin:/bin");
    expect(exitCode).toBe(0);
    expect(stdout).toStartWith(`Usage: ./dev ${command}`);
  }
});

test("a help that cannot be printed is a failure, and starts nothing", () => {
  for (const args of [[], ["test", "--help"], ["doctor", "-h"]]) {
    const full = openSync("/dev/full", "w");
    const { exitCode, stderr } = Bun.spawnSync(["sh", join(root, "dev"), ...args], {
      env: { PATH: `${tools}${delimiter}/usr/bin:/bin` },
      stdout: full,
    });
    closeSync(full);
    expect(exitCode).not.toBe(0);
    expect(stderr.toString().trim()).toMatch(/^.*No space left on device$/);
  }
});

test("it may be called by a link to it", () => {
  const link = join(root, "stand-ins/bascule");
  symlinkSync("../dev", link);
  const { exitCode, stdout } = Bun.spawnSync([link, "bun", "run", "x"], {
    cwd: "/",
    env: { PATH: `${tools}${delimiter}/usr/bin:/bin` },
  });
  expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 0, stdout: "/: run x\n" });
});

test("arguments that mean nothing are refused with the usage, before anything is set up", () => {
  for (const [args, message] of [
    [["fuzz", "abc"], '"abc" is no number of programs: pass a whole number from 1 on'],
    [["fuzz", "0"], '"0" is no number of programs: pass a whole number from 1 on'],
    [["fuzz", "-1"], '"-1" is no number of programs: pass a whole number from 1 on'],
    [["fuzz", "1", "x2"], '"x2" is no seed: pass a whole number'],
    [["fuzz", "1", ""], '"" is no seed: pass a whole number'],
    [["fuzz", "1", "2", "x:1"], '"x:1" is no path: pass the one that a failure printed'],
    [["fuzz", "1", "2", "0:1", "more"], '"more" is one argument too many'],
    [["storm", "epoll", "race"], 'There is no storm "race": there are cancels, races'],
    [["storm", "epoll", "races", "more"], '"more" is one argument too many'],
    [["doctor", "uring"], '"uring" is one argument too many'],
  ] as const) {
    const { exitCode, stdout, stderr } = dev(args, "/usr/bin:/bin");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toStartWith(`${message}\nUsage: ./dev ${args[0]}`);
  }
});

test("packages are installed once, and again when the lock file is newer", () => {
  expect(dev(["chat"])).toMatchObject({ stderr: expect.stringContaining("Installing packages") });
  expect(dev(["chat"]).stderr).toBe("");
});

test("an app starts in the caller's folder with the caller's arguments", () => {
  const { stdout } = dev(["echo", "--unix", "a b.sock"]);
  expect(stdout).toBe(`/: ${root}/apps/echo/src/main.ts --unix a b.sock`);
});

test("the project's own programs start in the checkout", () => {
  expect(dev(["storm", "epoll", "races"]).stdout).toBe(
    `${root}: packages/conformance/src/storms/main.ts epoll races`,
  );
  expect(dev(["test", "net"]).stdout).toBe(`${root}: scripts/test.ts net`);
  expect(dev(["fuzz", "1", "2", "0:1"]).stdout).toBe(
    `${root}: packages/conformance/src/fuzz/main.ts 1 2 0:1`,
  );
  expect(dev(["check"]).stdout).toBe(`${root}: scripts/test.ts check`);
});

test("bun is the pinned Bun itself", () => {
  expect(dev(["bun", "run", "x"]).stdout).toBe("/: run x");
});

test("the exit code is the program's", () => {
  standIn("bun", 'if [ "$1" = --version ]; then echo 9.9.9; else exit 7; fi');
  expect(dev(["doctor"]).exitCode).toBe(7);
});

test("another Bun is not used, and without npm the message says what to install", () => {
  standIn("bun", "echo 1.0.0");
  const path = join(root, "few");
  mkdirSync(path);
  for (const name of ["dirname", "sed", "sh"]) {
    cpSync(Bun.which(name) ?? "", join(path, name), { dereference: true });
  }
  const { exitCode, stderr } = dev(["bun", "--version"], `${tools}${delimiter}${path}`);
  expect(stderr).toBe(
    "Bun 9.9.9 is needed and there is no npm to fetch it with: install Node with npm, or Bun 9.9.9",
  );
  expect(exitCode).toBe(1);
});
