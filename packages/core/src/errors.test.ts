import { expect, test } from "bun:test";
import { DriverUnavailableError, SystemError } from "./errors.ts";

test("a failed system call reads as in Node, with an address and port", () => {
  const error = new SystemError({
    code: "ECONNREFUSED",
    errno: -111,
    syscall: "connect",
    address: "127.0.0.1",
    port: 1,
    driver: "epoll",
    task: "client",
  });
  expect(error.message).toBe("connect ECONNREFUSED 127.0.0.1:1");
  expect(Object.fromEntries(Object.entries(error))).toEqual({
    code: "ECONNREFUSED",
    errno: -111,
    syscall: "connect",
    address: "127.0.0.1",
    port: 1,
    driver: "epoll",
    task: "client",
  });
  expect(error.name).toBe("Error");
});

test("with a path, with two paths, and with neither", () => {
  const details = { code: "ENOENT", errno: -2, syscall: "open" };
  const described = { ...details, description: "no such file or directory", path: "/a" };
  expect(new SystemError(described).message).toBe("ENOENT: no such file or directory, open '/a'");
  expect(new SystemError({ ...described, syscall: "rename", dest: "/b" }).message).toBe(
    "ENOENT: no such file or directory, rename '/a' -> '/b'",
  );
  expect(new SystemError({ code: "EPIPE", errno: -32, syscall: "write" }).message).toBe(
    "write EPIPE",
  );
});

test("fields that do not apply are absent, not undefined", () => {
  const error = new SystemError({ code: "EPIPE", errno: -32, syscall: "write", bytesWritten: 0 });
  expect("address" in error).toBe(false);
  expect(error.bytesWritten).toBe(0);
});

test("a driver that cannot be used says why, and what mends it", () => {
  const error = new DriverUnavailableError("uring", {
    code: "ERR_LIBURING_MISSING",
    cause: "liburing is missing",
    remedy: "apt-get install liburing2",
  });
  expect(error.message).toBe(
    'Cannot use driver "uring": liburing is missing. To fix: apt-get install liburing2',
  );
  const { code, driver, remedy } = error;
  expect([code, driver, remedy]).toEqual([
    "ERR_LIBURING_MISSING",
    "uring",
    "apt-get install liburing2",
  ]);
});
