import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { TemporaryFolder } from "@bascule/test-support";
import { copyFile } from "./copy-file.ts";
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
    // With threads that are ready: a new one comes when the lease is gone.
    await writeFile(path, "");
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

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}
