import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DriverUnavailableError, SystemError } from "@bascule/core";
import { UsageError } from "./command-line.ts";
import { explain } from "./explain.ts";

function failure(syscall: string, code: string, place: { address?: string; port?: number }): Error {
  return new SystemError({ syscall, code, errno: -1, ...place });
}

test("explain() names the place, the cause and the fix of a failed start", () => {
  const cases: [Error, RegExp][] = [
    [failure("listen", "EADDRINUSE", { address: "127.0.0.1", port: 6142 }), /127.0.0.1:6142.*Stop/],
    [failure("listen", "EACCES", { address: "::1", port: 80 }), /\[::1\]:80.*from 1024 on/],
    [failure("listen", "EADDRNOTAVAIL", { address: "10.1.2.3", port: 7 }), /no such address.*Pass/],
    // As Node does it, an error names no port that was left to the system.
    [failure("listen", "EADDRNOTAVAIL", { address: "10.1.2.3" }), /10\.1\.2\.3: .*no such address/],
    [failure("listen", "EADDRNOTAVAIL", { address: "fe80::1%lo" }), /fe80::1%lo: .*no such addr/],
    [
      failure("listen", "EINVAL", { address: "fe80::1" }),
      /fe80::1: .* interface, as in fe80::1%eth0/,
    ],
    [
      failure("connect", "EINVAL", { address: "fe80::1", port: 1 }),
      /\[fe80::1\]:1: .* interface, as/,
    ],
    [failure("listen", "ENOENT", { address: "/no/where" }), /\/no\/where.*folder.*Create it/],
    [failure("listen", "EACCES", { address: "/private/x" }), /\/private\/x.*folder of your own/],
    [failure("connect", "ECONNREFUSED", { address: "127.0.0.1", port: 1 }), /nothing listens/],
    [
      failure("getaddrinfo", "ENOTFOUND", { address: "nowhere.invalid" }),
      /"nowhere.invalid".*spell/,
    ],
    [failure("getaddrinfo", "EAI_AGAIN", { address: "a.host" }), /"a.host".*no name server/],
    [failure("socket", "EMFILE", {}), /ulimit -n/],
  ];
  for (const [error, message] of cases) expect(explain(error)).toMatch(message);
});

test("explain() tells a socket that is listened on from what else may be in its place", () => {
  const folder = mkdtempSync(join(tmpdir(), "bascule-explain-"));
  const [live, file, gone] = ["live", "file", "gone"].map((name) => join(folder, name));
  using server = Bun.listen({ unix: live ?? "", socket: { data() {} } });
  expect(server.unix).toBe(live ?? "");
  writeFileSync(file ?? "", "");
  const inUse = (path: string = ""): string =>
    explain(failure("listen", "EADDRINUSE", { address: path }));
  expect(inUse(live)).toMatch(/live: something listens there already\. Stop it, or pass/);
  expect(inUse(file)).toMatch(/file: the file exists already\. Remove it if nobody needs it, or/);
  expect(inUse(folder)).toMatch(/: it is a folder\. Pass --unix a path in it$/);
  expect(inUse(gone)).toMatch(/gone: something listens there already/);
  rmSync(folder, { recursive: true });
});

test("explain() tells the first of several failures", () => {
  const first = failure("connect", "ECONNREFUSED", { address: "127.0.0.1", port: 1 });
  const both = new AggregateError([first, new Error("and another")], "both");
  expect(explain(both)).toBe(explain(first));
});

test("explain() keeps the message of what explains itself", () => {
  const unavailable = { code: "ERR_X", cause: "it is missing", remedy: "install it" };
  expect(explain(new DriverUnavailableError("uring", unavailable))).toContain("install it");
  expect(explain(new UsageError("Unknown option"))).toBe("Unknown option");
  expect(explain(failure("read", "EIO", {}))).toBe("read EIO");
  expect(explain("a string")).toBe("a string");
});
