import { expect, test } from "bun:test";
import { EINVAL, ENOSYS, EPERM } from "./errno.ts";

const MODULE = new URL("./index.ts", import.meta.url).href;
const ARM64 = process.arch === "arm64";
const IO_GETEVENTS = ARM64 ? 4 : 208;
const IO_SUBMIT = ARM64 ? 2 : 209;
const IO_CANCEL = ARM64 ? 3 : 210;
const EPOLL_PWAIT2 = 441;

/** Runs a script in a process whose filter has some system calls fail, with `sys` at hand. */
async function runForbidden(numbers: string, errno: number, script: string): Promise<string> {
  const source = `
    const sys = await import(${JSON.stringify(MODULE)});
    const { SYS } = await import(${JSON.stringify(new URL("./system-calls.ts", MODULE).href)});
    if (sys.forbidSystemCalls([${numbers}], ${errno}) !== 0) throw new Error("No filter");
    ${script}`;
  const child = Bun.spawn([process.execPath, "-e", source], { timeout: 20_000, stderr: "inherit" });
  const output = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return output.trim();
}

test.each([EPERM, ENOSYS])(
  "without epoll_pwait2 (errno %i) a fraction is rounded up",
  async (errno) => {
    const wait = `
    const startMs = performance.now();
    const count = sys.waitEpoll(sys.createEpoll(), new sys.EpollEvents(1), 1.5);
    console.log(count, performance.now() - startMs >= 1.5);`;
    expect(await runForbidden(`${EPOLL_PWAIT2}`, errno, wait)).toBe("0 true");
  },
);

test.each([
  [IO_SUBMIT, EPERM],
  [IO_SUBMIT, EINVAL],
  [IO_CANCEL, EPERM],
  [IO_GETEVENTS, EPERM],
])(
  "an AIO that refuses call %i with errno %i is none, and signals nothing",
  async (call, errno) => {
    const create = `
    const [epollFd, eventFd] = [sys.createEpoll(), sys.createEventfd()];
    console.log(sys.AioPoll.create(epollFd, eventFd), sys.drainCounter(eventFd));`;
    expect(await runForbidden(`${call}`, errno, create)).toBe(`-${errno} -11`);
  },
);

test("what a filter forbids of the attempts on files is left to a thread", async () => {
  const attempts = `
    const path = Buffer.from(sys.allocateBytes(1024).buffer);
    path.write("/dev/null\\0");
    const address = sys.addressOf(path.buffer);
    const fd = require("node:fs").openSync("/dev/null", "r+");
    const frame = { fd, address, length: 1, offset: 0, flags: 0 };
    const located = { fd: sys.AT_FDCWD, address, length: 0, offset: 0, flags: 0 };
    const results = [sys.readAt.attempt(frame), sys.writeAt.attempt(frame),
      sys.accessAt.attempt(located)];
    console.log(results.every((result) => result === sys.WOULD_BLOCK) && path.length > 0);`;
  const calls = "SYS.preadv2, SYS.pwritev2, SYS.faccessat2";
  expect(await runForbidden(calls, EPERM, attempts)).toBe("true");
});
