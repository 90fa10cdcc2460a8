import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { Runtime, sleep } from "@bascule/core";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Worker } from "node:worker_threads";
import { listeningSockets, socketFolder } from "./socket-place.ts";
import { serveTop } from "./top-server.ts";
import { Viewer } from "./viewer.ts";
import { isSameUser } from "./visitor.ts";

const OTHER_USER = 65534;
/** Larger than the number of any process. */
const NO_PROCESS = 2 ** 22 + 1;
/** Two programs are started one after the other, on a machine that may be busy. */
const OTHER_LIMIT_MS = 30_000;

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bascule-console-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

test("reports name the program and all its runtimes, timed while somebody looks", async () => {
  await using runtime = Runtime.create();
  const path = join(folder, "new", "top.sock");
  await using _top = await serveTop({ path });
  expect(runtime.snapshot().times).toBeNull();
  {
    using viewer = new Viewer(path);
    const first = await viewer.next();
    expect(first).toMatchObject({ protocol: 1, processId: process.pid, threadId: 0 });
    expect(first.runtimes).toHaveLength(1);
    expect(first.runtimes[0]?.times).not.toBeNull();
    await using _second = Runtime.create();
    const [, second] = (await viewer.next()).runtimes;
    expect(second?.times).not.toBeNull();
  }
  for (let turns = 0; runtime.snapshot().times !== null; turns++) {
    if (turns > 1000) throw new Error("It goes on measuring although nobody looks");
    await sleep(1);
  }
});

test("the socket is the user's alone, and gone with the server", async () => {
  const path = join(folder, "top.sock");
  const top = await serveTop({ path });
  expect(lstatSync(path).mode & 0o777).toBe(0o600);
  await top[Symbol.asyncDispose]();
  expect(existsSync(path)).toBe(false);
});

test("a second server does not take the place of a first that lives", async () => {
  const path = join(folder, "top.sock");
  await using _top = await serveTop({ path });
  const second = await serveTop({ path }).catch((error: unknown) => error);
  expect(second).toMatchObject({ message: `Cannot serve top at "${path}": somebody else does` });
});

test("a server that the kernel lists by another path is alive, and keeps its place", async () => {
  using _place = inTestFolder();
  mkdirSync(socketFolder());
  symlinkSync(socketFolder(), join(folder, "same"));
  await using top = await serveTop({ path: join(folder, "same", "top.sock") });
  const path = join(socketFolder(), "top.sock");
  expect(await listeningSockets()).toEqual([path]);
  const second = await serveTop({ path }).catch((error: unknown) => error);
  expect(second).toMatchObject({ message: `Cannot serve top at "${path}": somebody else does` });
  using viewer = new Viewer(top.path);
  expect((await viewer.next()).processId).toBe(process.pid);
});

test("a question that comes while the last answer is on its way is answered after it", async () => {
  await using runtime = Runtime.create();
  // More than a socket takes at a time.
  const name = "x".repeat(4 << 20);
  await using _named = runtime.spawn(() => sleep(1e9), { name });
  const path = join(folder, "top.sock");
  await using _top = await serveTop({ path });
  const socket = connect(path);
  socket.write("\n");
  await new Promise<void>((resolve) => socket.once("readable", resolve));
  socket.write("\n");
  // The server has heard that by the time it answers somebody who comes later, twice.
  using viewer = new Viewer(path);
  for (let asked = 0; asked < 2; asked++) await viewer.next();
  let lines = 0;
  for await (const chunk of socket) {
    lines += String(chunk).split("\n").length - 1;
    if (lines === 2) break;
  }
  expect(lines).toBe(2);
});

test("a socket that somebody left behind makes room", async () => {
  const path = join(folder, "top.sock");
  const program = `
    import { serveTop } from "@bascule/console";
    await serveTop({ path: ${JSON.stringify(path)} });
    process.kill(process.pid, "SIGKILL");
  `;
  const child = Bun.spawn([process.execPath, "-e", program], { cwd: import.meta.dir });
  await child.exited;
  expect(existsSync(path)).toBe(true);
  await using _top = await serveTop({ path });
  using viewer = new Viewer(path);
  expect((await viewer.next()).processId).toBe(process.pid);
});

test("who asks for ever without an end of line is dropped, and has nothing measured", async () => {
  await using runtime = Runtime.create();
  using measure = spyOn(runtime, "measureTimes");
  const path = join(folder, "top.sock");
  await using _top = await serveTop({ path });
  const socket = connect(path);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => undefined);
  socket.write("x".repeat(5000));
  await closed;
  expect(measure).not.toHaveBeenCalled();
});

test("a socket that cannot be made leaves nothing behind that removes one at the end", async () => {
  const listeners = process.listenerCount("exit");
  const path = join(folder, "x".repeat(150));
  const failure = await serveTop({ path }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(process.listenerCount("exit")).toBe(listeners);
});

const isRoot = process.geteuid?.() === 0;
const AS_OTHER = ["setpriv", `--reuid=${OTHER_USER}`, "--clear-groups", process.execPath];
/** Also that user must be able to run Bun, which may be in a folder of ours. */
const canBeOther =
  isRoot &&
  Bun.which("setpriv") !== null &&
  Bun.spawnSync([...AS_OTHER, "--version"], { cwd: "/" }).exitCode === 0;
if (!canBeOther)
  console.log("Not tested as another user: that takes root, setpriv and a public Bun");

test.skipIf(!canBeOther)(
  "another user is refused, even where the mode would let it in",
  async () => {
    const path = join(folder, "top.sock");
    await using _top = await serveTop({ path });
    chmodSync(folder, 0o755);
    const program = `
    const socket = require("node:net").connect(${JSON.stringify(path)});
    socket.on("data", () => process.exit(9));
    socket.on("error", () => process.exit(8));
    socket.on("close", () => process.exit(7));
    socket.on("connect", () => socket.write("\\n"));
  `;
    const tryAsOther = async (): Promise<number> => {
      return await Bun.spawn([...AS_OTHER, "-e", program], { cwd: "/", stderr: "ignore" }).exited;
    };
    expect(await tryAsOther()).toBe(8);
    chmodSync(path, 0o666);
    expect([7, 8]).toContain(await tryAsOther());
  },
  OTHER_LIMIT_MS,
);

/** Has the user's own folder be in the test's, until the result is disposed of. */
function inTestFolder(): Disposable {
  const before = Bun.env["XDG_RUNTIME_DIR"];
  Bun.env["XDG_RUNTIME_DIR"] = folder;
  return {
    [Symbol.dispose]: () => {
      if (before === undefined) delete Bun.env["XDG_RUNTIME_DIR"];
      else Bun.env["XDG_RUNTIME_DIR"] = before;
    },
  };
}

test.skipIf(!isRoot)("a folder that somebody else made is not looked into", async () => {
  using _place = inTestFolder();
  const place = socketFolder();
  mkdirSync(place);
  expect(await listeningSockets()).toEqual([]);
  chownSync(place, OTHER_USER, OTHER_USER);
  const refused = await listeningSockets().catch(String);
  expect(refused).toContain(`it belongs to user ${OTHER_USER}`);
});

/** Leaves sockets in the user's folder, as a program does that is killed. */
async function leaveSockets(names: readonly string[]): Promise<void> {
  const paths = names.map((name) => join(socketFolder(), name));
  const program = `
    import { serveTop } from "@bascule/console";
    for (const path of ${JSON.stringify(paths)}) await serveTop({ path });
    process.kill(process.pid, "SIGKILL");
  `;
  const child = Bun.spawn([process.execPath, "-e", program], {
    cwd: import.meta.dir,
    env: { ...Bun.env },
  });
  await child.exited;
}

test("who lists or serves removes what ended programs left, and nothing else", async () => {
  using _place = inTestFolder();
  const left = [`${NO_PROCESS}.sock`, `${NO_PROCESS}-1.sock`];
  const kept = ["chosen.sock", `${process.pid}-99.sock`];
  const file = `${NO_PROCESS + 1}.sock`;
  await leaveSockets([...left, ...kept]);
  writeFileSync(join(socketFolder(), file), "");
  const names = (): string[] => readdirSync(socketFolder()).toSorted();
  expect(names()).toEqual([...left, ...kept, file].toSorted());
  expect(await listeningSockets()).toEqual([]);
  expect(names()).toEqual([...kept, file].toSorted());
  await leaveSockets(left);
  await using top = await serveTop();
  expect(names()).toEqual([...kept, file, basename(top.path)].toSorted());
});

test("a program that lives where it has another number keeps its socket", async () => {
  using _place = inTestFolder();
  const path = join(socketFolder(), `${NO_PROCESS}.sock`);
  await using _top = await serveTop({ path });
  expect(await listeningSockets()).toEqual([path]);
  await using _second = await serveTop();
  expect(existsSync(path)).toBe(true);
});

test("where it is not known who has connected, what kept others out before decides", () => {
  for (const isPrivate of [true, false]) expect(isSameUser({}, isPrivate)).toBe(isPrivate);
});

test("in the user's own folder a server leaves the process's mask for files alone", async () => {
  using _place = inTestFolder();
  using umask = spyOn(process, "umask");
  await using top = await serveTop();
  expect(lstatSync(top.path).mode & 0o777).toBe(0o600);
  expect(lstatSync(socketFolder()).mode & 0o777).toBe(0o700);
  expect(umask).not.toHaveBeenCalled();
});

test.each(["1", "top.sock"])("a worker serves its own runtimes at %p", async (place) => {
  using _place = inTestFolder();
  const worker = new Worker(new URL("../test/top-worker.ts", import.meta.url), {
    env: { ...Bun.env },
    workerData: place === "1" ? place : join(folder, place),
  });
  const path = await new Promise<string>((resolve) => worker.once("message", resolve));
  expect(lstatSync(path).mode & 0o777).toBe(0o600);
  using viewer = new Viewer(path);
  expect((await viewer.next()).threadId).toBe(worker.threadId);
  await worker.terminate();
});
