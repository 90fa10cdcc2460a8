import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { spawn, suspend, yieldNow } from "@bascule/core";
import { AF_UNIX, bindSocket, closeDescriptor, createSocket, SOCK_STREAM } from "@bascule/sys";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/settled.ts";
import { SocketClosedError, UnixListener, UnixStream } from "./index.ts";

/** Leaves a socket's file as a process does that was killed. */
function leaveSocketFile(path: string): void {
  const fd = createSocket(AF_UNIX, SOCK_STREAM);
  expect(bindSocket(fd, { family: "unix", path })).toBe(0);
  closeDescriptor(fd);
  expect(lstatSync(path).isSocket()).toBe(true);
}

async function expectUse(listener: UnixListener): Promise<void> {
  await using client = await UnixStream.connect({ path: listener.address.path });
  await using server = await listener.accept();
  await client.write("here");
  expect(await server.readExactly(4)).toEqual(Buffer.from("here"));
}

/** An operation from beginning to end. */
async function expectRefusedUse(): Promise<void> {
  const refused = failureOf(UnixStream.connect({ path: "\0bascule-nobody" }));
  expect(await refused).toMatchObject({ code: "ECONNREFUSED" });
}

function inUse(path: string): object {
  return {
    message: `listen EADDRINUSE: address already in use ${path}`,
    code: "EADDRINUSE",
    syscall: "listen",
    address: path,
  };
}

describe("the socket's file", () => {
  test("is removed at close", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("socket");
    const listener = await UnixListener.bind({ path });
    expect([listener.address, lstatSync(path).isSocket()]).toEqual([
      { family: "unix", path },
      true,
    ]);
    await expectUse(listener);
    await listener.close();
    expect(existsSync(path)).toBe(false);
  });

  test("stays at close when it is another server's by then", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("socket");
    const older = await UnixListener.bind({ path });
    rmSync(path);
    await using newer = await UnixListener.bind({ path });
    await older.close();
    await expectUse(newer);
  });

  test("is removed at close whatever permissions it has got since", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("socket");
    const listener = await UnixListener.bind({ path });
    chmodSync(path, 0o600);
    await listener.close();
    expect(existsSync(path)).toBe(false);
  });

  test("may be gone by then", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("socket");
    const listener = await UnixListener.bind({ path });
    rmSync(path);
    await listener.close();
    expect(listener.isClosed).toBe(true);
  });

  test("is removed after the process has changed its directory, and no other is", async () => {
    using folder = new TemporaryFolder();
    using elsewhere = new TemporaryFolder();
    writeFileSync(elsewhere.at("socket"), "mine");
    const before = process.cwd();
    try {
      process.chdir(dirname(folder.at("socket")));
      const listener = await UnixListener.bind({ path: "socket" });
      expect(listener.address.path).toBe("socket");
      process.chdir(dirname(elsewhere.at("socket")));
      await listener.close();
    } finally {
      process.chdir(before);
    }
    expect(existsSync(folder.at("socket"))).toBe(false);
    expect(readFileSync(elsewhere.at("socket"), "utf8")).toBe("mine");
  });

  test("that cannot be removed any more makes close reject, closed all the same", async () => {
    using folder = new TemporaryFolder();
    const place = folder.at("place");
    mkdirSync(place);
    const path = folder.at("place/socket");
    const listener = await UnixListener.bind({ path });
    const accepting = failureOf(listener.accept());
    // Until the kernel has it, so that the descriptor goes back in a turn of the driver.
    await expectRefusedUse();
    rmSync(place, { recursive: true });
    writeFileSync(place, "no folder any more");
    const error = await failureOf(listener.close());
    expect(error).toMatchObject({ code: "ENOTDIR", syscall: "lstat", path });
    expect(await failureOf(listener.close())).toBe(error);
    expect(await accepting).toBeInstanceOf(SocketClosedError);
    await using other = await UnixListener.bind({ path: folder.at("other") });
    await expectUse(other);
  });

  test("has the mode that was asked for", async () => {
    using folder = new TemporaryFolder();
    for (const mode of [0o600, 0o660, 0o777]) {
      await using listener = await UnixListener.bind({ path: folder.at("socket"), mode });
      expect(lstatSync(listener.address.path).mode & 0o777).toBe(mode);
    }
  });

  test("does not stay behind when listening fails after it was made", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("socket");
    const error = await failureOf(UnixListener.bind({ path, mode: -1 }));
    expect(error).toBeInstanceOf(Error);
    expect(existsSync(path)).toBe(false);
    await using listener = await UnixListener.bind({ path });
    await expectUse(listener);
  });
});

describe("a path that exists", () => {
  test("is refused, stale or not, unless a stale one may be taken over", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("socket");
    leaveSocketFile(path);
    expect(await failureOf(UnixListener.bind({ path }))).toMatchObject(inUse(path));
    await using listener = await UnixListener.bind({ path, unlinkStale: true });
    await expectUse(listener);
  });

  test("is left alone while somebody listens there, busy or not", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("socket");
    await using listener = await UnixListener.bind({ path, backlog: 1 });
    // Each look at whether it is stale is a connection: the third finds the backlog full.
    for (let i = 0; i < 3; i++) {
      const error = await failureOf(UnixListener.bind({ path, unlinkStale: true }));
      expect(error).toMatchObject(inUse(path));
    }
    expect(await failureOf(UnixStream.connect({ path }))).toMatchObject({ code: "EAGAIN" });
    expect(lstatSync(path).isSocket()).toBe(true);
    expect(listener.isClosed).toBe(false);
  });

  test("is looked at as ever by a task that is aborted, for whatever reason", async () => {
    using folder = new TemporaryFolder();
    const [used, stale] = [folder.at("used"), folder.at("stale")];
    await using _used = await UnixListener.bind({ path: used });
    leaveSocketFile(stale);
    const reason = await failureOf(UnixStream.connect({ path: "\0bascule-nobody" }));
    const task = spawn(async () => {
      await failureOf(suspend(() => undefined));
      const taken = await failureOf(UnixListener.bind({ path: used, unlinkStale: true }));
      await using _listener = await UnixListener.bind({ path: stale, unlinkStale: true });
      return taken;
    });
    await yieldNow();
    task.abort(reason);
    expect(await task).toMatchObject(inUse(used));
    await using _client = await UnixStream.connect({ path: used });
  });

  test("is left alone when it is no socket", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("file");
    writeFileSync(path, "precious");
    const error = await failureOf(UnixListener.bind({ path, unlinkStale: true }));
    expect(error).toMatchObject(inUse(path));
    expect(readFileSync(path, "utf8")).toBe("precious");
  });
});

describe("an abstract name", () => {
  const path = `\0bascule-net-${process.pid}`;

  test("needs no file, and is free again after close", async () => {
    for (let i = 0; i < 2; i++) {
      await using listener = await UnixListener.bind({ path, mode: 0o600, unlinkStale: true });
      await expectUse(listener);
    }
  });

  test("that is in use is refused", async () => {
    await using listener = await UnixListener.bind({ path });
    const error = await failureOf(UnixListener.bind({ path, unlinkStale: true }));
    expect(error).toMatchObject({ code: "EADDRINUSE", syscall: "listen" });
    expect(listener.isClosed).toBe(false);
  });
});

describe("backlog", () => {
  test("bounds the connections that wait: the next one is refused at once", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("socket");
    await using listener = await UnixListener.bind({ path, backlog: 1 });
    await using waiting = new AsyncDisposableStack();
    // The kernel takes one more than was asked for.
    for (let i = 0; i < 2; i++) waiting.use(await UnixStream.connect({ path }));
    expect(await failureOf(UnixStream.connect({ path }))).toMatchObject({
      message: `connect EAGAIN ${path}`,
      code: "EAGAIN",
    });
    waiting.use(await listener.accept());
    waiting.use(await listener.accept());
    waiting.use(await UnixStream.connect({ path }));
  });

  test("is a whole number, 1 or more, and makes no file otherwise", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("socket");
    for (const backlog of [0, -1, 1.5, Number.NaN, "5"]) {
      expect(await failureOf(UnixListener.bind({ path, backlog: backlog as number }))).toEqual(
        new RangeError(`Cannot use backlog "${backlog}": pass a whole number, 1 or more`),
      );
    }
    expect(existsSync(path)).toBe(false);
  });
});

test("a path that is none, or that a socket cannot have, is refused", async () => {
  using folder = new TemporaryFolder();
  for (const value of ["", undefined, 5]) {
    const path = value as string;
    const refusal = `Cannot use socket path "${path}": pass a path that is not empty`;
    for (const attempt of [() => UnixListener.bind({ path }), () => UnixStream.connect({ path })]) {
      expect(await failureOf(attempt())).toEqual(new TypeError(refusal));
    }
  }
  const long = folder.at("x".repeat(108));
  expect(await failureOf(UnixListener.bind({ path: long }))).toBeInstanceOf(RangeError);
  expect(await failureOf(UnixListener.bind({ path: "a\0b" }))).toBeInstanceOf(TypeError);
  const missing = folder.at("missing/socket");
  expect(await failureOf(UnixListener.bind({ path: missing }))).toMatchObject({ code: "ENOENT" });
});
