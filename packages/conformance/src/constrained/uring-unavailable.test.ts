import { describe, expect, test } from "bun:test";
import { FILE_LIMIT_MS, LIMIT_MS, PASSED, runCorePart, runFilePart } from "../support/core-part.ts";
import { reportOf } from "../support/program.ts";

type Report = Record<string, string>;

/** Ways in which a machine can lack io_uring, and what a program is told then. */
const lacks = [
  {
    lack: "io_uring is forbidden by a seccomp filter",
    env: { BASCULE_TEST_CONSTRAINT: "io_uring" },
    code: "ERR_URING_FORBIDDEN",
    cause: "a seccomp filter forbids io_uring to this process, as containers often do",
    remedy: "allow io_uring_setup, io_uring_enter and io_uring_register in the filter",
  },
  {
    lack: "io_uring is hidden by a sandbox",
    env: { BASCULE_TEST_CONSTRAINT: "io_uring hidden" },
    code: "ERR_URING_FORBIDDEN",
    cause: "denies that it has io_uring: it was built without, or a sandbox hides it",
    remedy: "leave the sandbox, boot a kernel with CONFIG_IO_URING, or use BASCULE_DRIVER=epoll",
  },
  {
    lack: "liburing is absent",
    env: { BASCULE_LIBURING: "/nonexistent/liburing.so.2" },
    code: "ERR_LIBURING_MISSING",
    cause: 'liburing cannot be loaded from "/nonexistent/liburing.so.2"',
    remedy: "set BASCULE_LIBURING to the path of liburing.so.2",
  },
] as const;

describe.each(lacks)("where $lack", ({ env, code, cause, remedy }) => {
  test("auto takes epoll, says why, and works", async () => {
    const report = await reportOf<Report>("choice", { env: { ...env, BASCULE_DRIVER: undefined } });
    expect(report).toMatchObject({ driver: "epoll", echoed: "works" });
    expect(report["reason"]).toStartWith("auto: uring is not available: ");
    expect(report["reason"]).toContain(cause);
  });

  test("the named driver fails with its own code, the cause and what mends it", async () => {
    const report = await reportOf<Report>("choice", { env: { ...env, BASCULE_DRIVER: "uring" } });
    expect(report).toMatchObject({ name: "DriverUnavailableError", code });
    expect(report["message"]).toStartWith('Cannot use driver "uring": ');
    expect(report["message"]).toContain(cause);
    expect(report["remedy"]).toContain(remedy);
  });

  test("epoll, named, does not notice", async () => {
    const report = await reportOf<Report>("choice", { env: { ...env, BASCULE_DRIVER: "epoll" } });
    expect(report).toEqual({
      driver: "epoll",
      reason: '"epoll" was asked for',
      echoed: "works",
    });
  });
});

test(
  "the core of the suite passes where io_uring is forbidden",
  async () => {
    const env = { BASCULE_TEST_CONSTRAINT: "io_uring", BASCULE_TEST_EXPECT: "epoll" };
    expect(await runCorePart({ ...env, BASCULE_DRIVER: undefined })).toEqual(PASSED);
  },
  LIMIT_MS,
);

test(
  "everything about files passes where io_uring is forbidden",
  async () => {
    const env = { BASCULE_TEST_CONSTRAINT: "io_uring", BASCULE_TEST_EXPECT: "epoll" };
    expect(await runFilePart({ ...env, BASCULE_DRIVER: undefined })).toEqual(PASSED);
  },
  FILE_LIMIT_MS,
);

test(
  "the core of the suite passes where liburing is absent",
  async () => {
    const env = { BASCULE_LIBURING: "/nonexistent", BASCULE_TEST_EXPECT: "epoll" };
    expect(await runCorePart({ ...env, BASCULE_DRIVER: undefined })).toEqual(PASSED);
  },
  LIMIT_MS,
);
