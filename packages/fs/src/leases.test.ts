import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { Runtime } from "@bascule/core";
import { eventually, TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import { copyFile } from "./copy-file.ts";
import { open } from "./open.ts";
import { readFile } from "./read-file.ts";
import { writeFile } from "./write-file.ts";

const HAS_PYTHON = Bun.which("python3") !== null;
if (!HAS_PYTHON) console.log("Not run for leases: no python3 to take one");

/** Takes a lease on a file, says so when the kernel wants it back, and gives it up when told to. */
const HOLDER = `
import fcntl, os, signal, sys
fd = os.open(sys.argv[1], os.O_RDWR)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO})
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
os.write(1, b"leased\\n")
signal.sigwait({signal.SIGIO})
os.write(1, b"asked\\n")
sys.stdin.readline()
os.write(fd, b"theirs")
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
`;

const calls: readonly [string, string, (path: string, other: string) => Promise<string>][] = [
  ["reading", "theirs", (path) => readFile(path, "utf8")],
  [
    "writing",
    "ours",
    async (path) => {
      await writeFile(path, "ours");
      return readFileSync(path, "utf8");
    },
  ],
  [
    "copying",
    "theirs",
    async (path, other) => {
      await copyFile(path, other);
      return readFileSync(other, "utf8");
    },
  ],
];

test.skipIf(!HAS_PYTHON).each(calls)(
  "%s a file that somebody has a lease on waits until he gives it up",
  async (_name, expected, call) => {
    using folder = new TemporaryFolder();
    const path = folder.at("a");
    writeFileSync(path, "");
    const streams = { stdin: "pipe", stdout: "pipe" } as const;
    const holder = Bun.spawn(["python3", "-c", HOLDER, path], streams);
    try {
      const said = holder.stdout.getReader();
      expect(text((await said.read()).value)).toBe("leased\n");
      const calling = call(path, folder.at("b"));
      expect(text((await said.read()).value)).toBe("asked\n");
      void holder.stdin.write("go on\n");
      void holder.stdin.end();
      expect(await calling).toBe(expected);
      expect(await holder.exited).toBe(0);
      expect((await said.read()).done).toBe(true);
    } finally {
      holder.kill();
    }
  },
);

test.skipIf(!HAS_PYTHON)("opening it can be given up while the lease lasts", async () => {
  using folder = new TemporaryFolder();
  const path = folder.at("a");
  writeFileSync(path, "");
  const holder = Bun.spawn(["python3", "-c", HOLDER, path], { stdin: "pipe", stdout: "pipe" });
  try {
    const said = holder.stdout.getReader();
    expect(text((await said.read()).value)).toBe("leased\n");
    const controller = new AbortController();
    const reason = new Error("enough");
    const opening = failureOf(open(path, "r", null, { signal: controller.signal }));
    expect(text((await said.read()).value)).toBe("asked\n");
    const runtime = Runtime.current();
    expect(await eventually(() => runtime.metrics().timers.armed > 0, 5000)).toBe(true);
    controller.abort(reason);
    expect(await opening).toBe(reason as never);
    expect(holder.exitCode).toBe(null);
    void holder.stdin.end();
    await holder.exited;
  } finally {
    holder.kill();
  }
});

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}
