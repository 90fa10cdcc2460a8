import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect as nodeConnect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Runtime, spawn, SystemError } from "@bascule/core";
import { TcpListener, TcpStream, UnixListener, UnixStream } from "@bascule/net";
import { failureOf, fieldsOf } from "../support/failure.ts";
import { reportOf, runBun } from "../support/program.ts";

const SHAPE = ["code", "errno", "syscall", "address", "port", "message"] as const;

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  await using listener = await TcpListener.bind({});
  return listener.address.port;
}

/** What node:net fails with for the same thing. */
function nodeFailure(options: { port?: number; host?: string; path?: string }): Promise<unknown> {
  return new Promise((resolve) => {
    nodeConnect(options as { port: number }).on("error", resolve);
  });
}

test("a refused connection: Node's shape, and the driver and task besides", async () => {
  const port = await freePort();
  const error = await failureOf(spawn(() => TcpStream.connect({ port }), { name: "client" }));
  expect(error).toBeInstanceOf(SystemError);
  expect(fieldsOf(error, ...SHAPE)).toEqual({
    code: "ECONNREFUSED",
    errno: -111,
    syscall: "connect",
    address: "127.0.0.1",
    port,
    message: `connect ECONNREFUSED 127.0.0.1:${port}`,
  });
  expect(fieldsOf(error, "driver", "task")).toEqual({
    driver: Runtime.current().driver.name,
    task: "client",
  });
});

test("a Unix socket that is not there, or not listened on: as node:net says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bascule-errors-"));
  const missing = join(folder, "missing");
  const file = join(folder, "file");
  writeFileSync(file, "");
  for (const path of [missing, file]) {
    const ours = await failureOf(UnixStream.connect({ path }));
    const theirs = await nodeFailure({ path });
    const names = ["code", "syscall", "address", "message"];
    expect(fieldsOf(ours, ...names)).toEqual(fieldsOf(theirs, ...names));
  }
  rmSync(folder, { recursive: true });
});

test("a port in use: as node:net says it", async () => {
  await using taken = await TcpListener.bind({});
  const { port } = taken.address;
  const ours = await failureOf(TcpListener.bind({ port }));
  expect(fieldsOf(ours, ...SHAPE)).toEqual({
    code: "EADDRINUSE",
    errno: -98,
    syscall: "listen",
    address: "127.0.0.1",
    port,
    message: `listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
  });
  const theirs = await new Promise<unknown>((resolve) => {
    createServer().on("error", resolve).listen(port, "127.0.0.1");
  });
  expect(fieldsOf(ours, "code", "syscall")).toEqual(fieldsOf(theirs, "code", "syscall"));
});

test("reusePort lets two listeners share a port", async () => {
  await using first = await TcpListener.bind({ reusePort: true });
  await using second = await TcpListener.bind({ reusePort: true, port: first.address.port });
  expect(second.address.port).toBe(first.address.port);
});

test("an address that is not this machine's", async () => {
  const error = await failureOf(TcpListener.bind({ hostname: "192.0.2.1" }));
  expect(fieldsOf(error, "code", "syscall", "address", "port", "message")).toEqual({
    code: "EADDRNOTAVAIL",
    syscall: "listen",
    address: "192.0.2.1",
    // One that is left to the system is not named.
    port: undefined,
    message: "listen EADDRNOTAVAIL: address not available 192.0.2.1",
  });
});

test("a host that does not exist: ENOTFOUND from getaddrinfo, as in Node", async () => {
  // With an empty part it is refused without a name server: the test needs no network.
  const hostname = "no-such..host";
  const connecting = spawn(() => TcpStream.connect({ port: 1, hostname }), { name: "client" });
  const error = await failureOf(connecting);
  expect(fieldsOf(error, "code", "syscall", "hostname", "message", "task")).toEqual({
    code: "ENOTFOUND",
    syscall: "getaddrinfo",
    hostname,
    message: `getaddrinfo ENOTFOUND ${hostname}`,
    task: "client",
  });
});

test("a name whose addresses all refuse: the first failure leads, all are there", async () => {
  const port = await freePort();
  const error = (await failureOf(
    TcpStream.connect({ port, hostname: "localhost" }),
  )) as AggregateError & { code: string };
  expect([error.name, error.code]).toEqual(["AggregateError", "ECONNREFUSED"]);
  expect(error.errors.map(({ address }) => address)).toEqual(["127.0.0.1", "::1"]);
});

test("a socket's path that exists: EADDRINUSE, taken over only when asked and stale", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bascule-errors-"));
  const path = join(folder, "socket");
  {
    await using living = await UnixListener.bind({ path, mode: 0o600 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    for (const unlinkStale of [false, true]) {
      const error = await failureOf(UnixListener.bind({ path, unlinkStale }));
      expect(fieldsOf(error, "code", "syscall", "address")).toEqual({
        code: "EADDRINUSE",
        syscall: "listen",
        address: path,
      });
    }
    expect(living.isClosed).toBe(false);
  }
  // Left behind by a process that was killed.
  const listenAndDie =
    'require("node:net").createServer()' +
    ".listen(process.argv[1], () => process.kill(process.pid, 9))";
  expect((await runBun(["-e", listenAndDie, path], {})).signal).toBe("SIGKILL");
  expect(fieldsOf(await failureOf(UnixListener.bind({ path })), "code")).toEqual({
    code: "EADDRINUSE",
  });
  await using _listener = await UnixListener.bind({ path, unlinkStale: true });
  await using _client = await UnixStream.connect({ path });
  rmSync(folder, { recursive: true });
});

test("what a user without privileges is refused: EACCES, with what it was about", async () => {
  const report = await reportOf<Record<string, unknown>>("unprivileged");
  const path = String(report["path"]);
  const refused = { code: "EACCES", errno: -13 };
  expect(report).toEqual({
    path,
    lowPort: { ...refused, syscall: "listen", address: "127.0.0.1" },
    foreignFolder: { ...refused, syscall: "listen", address: join(path, "../other") },
    foreignSocket: { ...refused, syscall: "connect", address: path },
  });
});
