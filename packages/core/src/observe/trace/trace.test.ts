import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExecutorProbe } from "../../../test/executor-probe.ts";
import { FakeDriver, FakeRuntime } from "../../../test/fake-driver.ts";
import { fakeKind } from "../../../test/fake-kind.ts";
import { waitInKernel } from "../../../test/kernel-wait.ts";
import { untilParked } from "../../../test/parked.ts";
import { sleep } from "../../sleep.ts";
import { spawn } from "../../spawn.ts";
import { yieldNow } from "../../yield-now.ts";
import { TraceFile } from "./trace-file.ts";
import { Tracer } from "./tracer.ts";
import { traceRuntime } from "./trace.ts";

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly id?: string;
  readonly tid?: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: Record<string, unknown>;
}

/** How long a program may take to heed a signal, on a machine that is busy. */
const SIGNAL_MS_MAX = 20_000;

let folder = "";
let path = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bascule-trace-"));
  path = join(folder, "trace.json");
});

afterEach(() => rmSync(folder, { recursive: true }));

function eventsOf(file: string = path): TraceEvent[] {
  return JSON.parse(readFileSync(file, "utf8")) as TraceEvent[];
}

test("polls, sleeps and turns share the loop's row and do not overlap", async () => {
  await using fake = new FakeRuntime();
  const tracing = traceRuntime(fake.runtime, { path });
  const tasks = ["a", "b", "c"].map((name) =>
    spawn(
      async () => {
        await yieldNow();
        await sleep(1);
      },
      { name },
    ),
  );
  for (const task of tasks) await task;
  await untilParked(fake.runtime);
  tracing[Symbol.dispose]();
  const events = eventsOf();
  const row = events.filter(({ cat }) => cat === "poll" || cat === "loop");
  expect(row.filter(({ name }) => name === "a")).toHaveLength(3);
  expect(row.map(({ name }) => name)).toContain("in Bun's loop");
  const ordered = row.toSorted((left, right) => left.ts - right.ts);
  for (const [index, { ts }] of ordered.entries()) {
    const before = ordered[index - 1];
    if (before !== undefined) expect(ts).toBeGreaterThanOrEqual(before.ts + before.dur - 0.002);
  }
});

test("a task's life is a span from its spawn to its end, with its name as it is", async () => {
  await using fake = new FakeRuntime();
  const tracing = traceRuntime(fake.runtime, { path });
  const name = 'say "hé\\llo"\n';
  const task = spawn(() => sleep(1), { name, priority: "high" });
  await task;
  tracing[Symbol.dispose]();
  const spans = eventsOf().filter(({ cat }) => cat === "task");
  expect(spans).toMatchObject([
    { ph: "b", id: `1.${task.id}`, name, args: { priority: "high", parent: 0 } },
    { ph: "e", id: `1.${task.id}`, name, args: { polls: 2 } },
  ]);
});

test("an operation is a slice of its slot's row; a multishot one for each completion", async () => {
  await using fake = new FakeRuntime();
  const { ledger } = fake.driver;
  const before = ledger.prepare(fakeKind("before"), null, { onCompletion: () => undefined });
  fake.runtime.submit(before);
  const tracing = traceRuntime(fake.runtime, { path });
  const operation = ledger.prepare(fakeKind("recv"), null, { onCompletion: () => undefined });
  fake.runtime.submit(operation);
  fake.driver.complete(operation, 7, true);
  await sleep(1);
  fake.runtime.cancel(operation);
  fake.driver.complete(before, 0);
  await sleep(1);
  tracing[Symbol.dispose]();
  const events = eventsOf();
  const slices = events.filter(({ cat }) => cat === "op");
  expect(slices).toMatchObject([
    { ph: "X", name: "recv", args: { fd: -1, result: 7, more: true } },
    { ph: "X", name: "recv", args: { fd: -1, result: -125 } },
  ]);
  const [first, second] = slices;
  expect(second?.ts).toBeCloseTo((first?.ts ?? 0) + (first?.dur ?? 0), 2);
  const row = events.find(({ name, tid }) => name === "thread_name" && tid === first?.tid);
  expect(row?.args["name"]).toBe(`operations, slot ${operation.slot}`);
  expect(events).toContainEqual(expect.objectContaining({ ph: "i", name: "cancel" }));
});

test("an operation that has not ended is on record up to the end of the trace", async () => {
  await using fake = new FakeRuntime();
  const { ledger } = fake.driver;
  const tracing = traceRuntime(fake.runtime, { path });
  const operation = ledger.prepare(fakeKind("accept"), null, { onCompletion: () => undefined });
  fake.runtime.submit(operation);
  await sleep(1);
  tracing[Symbol.dispose]();
  const [slice] = eventsOf().filter(({ cat }) => cat === "op");
  expect(slice).toMatchObject({ ph: "X", name: "accept", args: { fd: -1, unfinished: true } });
  expect(slice?.dur).toBeGreaterThan(900);
  fake.runtime.cancel(operation);
});

test("what a program that exits has not ended is on record up to its end", async () => {
  const core = join(import.meta.dir, "../../index.ts");
  const code = `const { sleep, spawn } = await import(${JSON.stringify(core)});
    spawn(async () => { await sleep(1); process.exit(3); }, { name: "last" });`;
  const program = Bun.spawn([process.execPath, "-e", code], {
    env: { ...Bun.env, BASCULE_TRACE: path },
  });
  expect(await program.exited).toBe(3);
  expect(eventsOf().filter(({ cat, name }) => cat === "poll" && name === "last")).toHaveLength(2);
});

test("the poll that ends the trace is on record, up to that moment", async () => {
  await using fake = new FakeRuntime();
  const tracing = traceRuntime(fake.runtime, { path });
  await spawn(
    async () => {
      await sleep(1);
      tracing[Symbol.dispose]();
    },
    { name: "last" },
  );
  expect(eventsOf().filter(({ cat, name }) => cat === "poll" && name === "last")).toHaveLength(2);
});

test("waiting in the kernel for blockOn is on record", async () => {
  await using fake = new FakeRuntime();
  const tracing = traceRuntime(fake.runtime, { path });
  waitInKernel(fake);
  tracing[Symbol.dispose]();
  const waits = eventsOf().filter(({ name }) => name === "wait in the kernel");
  expect(Math.max(...waits.map(({ dur }) => dur))).toBeGreaterThan(1000);
});

test("the file is whole JSON after every flush, whatever the size of what was written", () => {
  const file = new TraceFile(path, 1e9, 1e9);
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 2000 * round; i++) file.event({ ph: "i", name: "x".repeat(i % 300), i });
    file.flush();
    const written = eventsOf();
    expect(written).toHaveLength(1 + 1000 * round * (round + 1));
  }
  file.close();
  expect(eventsOf()).toHaveLength(20_001);
});

test("the file is whole JSON before anything has been recorded", () => {
  const file = new TraceFile(path, 1e9, 1e9);
  expect(eventsOf().map(({ name }) => name)).toEqual(["process_labels"]);
  file.close();
});

test("a name longer than the buffer is left out, and the rest stays whole", () => {
  const file = new TraceFile(path, 1e9, 1e9);
  file.event({ name: "a" });
  file.event({ name: "x".repeat(300_000) });
  file.event({ name: "b" });
  file.close();
  expect(eventsOf().map(({ name }) => name)).toEqual(["process_labels", "a", "b"]);
});

test("a full trace stops, says so in the file and by a warning, and stays whole", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  const file = new TraceFile(path, 1_000_000, 1e9);
  for (let i = 0; i < 30_000; i++) file.event({ ph: "i", name: "event", i });
  file.flush();
  const events = eventsOf();
  expect(events.at(-1)?.name).toBe("trace is full");
  expect(readFileSync(path).byteLength).toBeLessThan(1_300_000);
  expect((await warned).name).toBe("BasculeTraceWarning");
  file.close();
});

test("a file that cannot be written is an error that names it", async () => {
  await using fake = new FakeRuntime();
  const missing = join(folder, "missing", "trace.json");
  expect(() => traceRuntime(fake.runtime, { path: missing })).toThrow(missing);
  expect(fake.runtime.loop.executor.observer).toBeNull();
});

test("a pipe that nobody reads is an error, and no program waits for it", async () => {
  Bun.spawnSync(["mkfifo", path]);
  const core = join(import.meta.dir, "../../index.ts");
  const code = `const { Runtime } = await import(${JSON.stringify(core)});
    try { Runtime.create(); } catch (error) { process.stdout.write(error.code); }`;
  const program = Bun.spawn([process.execPath, "-e", code], {
    env: { ...Bun.env, BASCULE_TRACE: path },
    timeout: SIGNAL_MS_MAX,
  });
  expect(await program.stdout.text()).toBe("ENXIO");
});

test("a file that nothing more fits into costs the trace and not the program", async () => {
  await using fake = new FakeRuntime();
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  using _tracing = traceRuntime(fake.runtime, { path: "/dev/full" });
  for (let i = 0; i < 3000; i++) await spawn(() => yieldNow(), { name: "x".repeat(100) });
  expect((await warned).message).toStartWith(
    'Trace "/dev/full" cannot be written: nothing more is recorded: ENOSPC',
  );
});

test("a trace that a full disk ends has all that was flushed before, and is whole", async () => {
  const program = `
    import { TraceFile } from "./trace-file.ts";
    const file = new TraceFile(process.argv[1], 1e9, 1e9);
    for (let i = 0; i < 1000; i++) {
      file.event({ name: "x".repeat(1000), args: { i } });
      file.flush();
    }
  `;
  // The kernel writes up to the limit, and then no more, as on a disk.
  const limited = ["sh", "-c", 'ulimit -f 128; exec "$@"', "sh", process.execPath, "-e", program];
  const child = Bun.spawn([...limited, path], { cwd: import.meta.dir, stderr: "pipe" });
  const warning = await child.stderr.text();
  expect(warning).toContain("cannot be written: nothing more is recorded: EFBIG");
  const written = eventsOf().slice(1);
  expect(written.length).toBeGreaterThan(50);
  expect(written.map(({ args }) => args["i"])).toEqual([...written.keys()]);
});

test("a signal ends a program with two traces as it ends one with none", async () => {
  const program = `
    import { Runtime, traceRuntime } from "@bascule/core";
    for (const path of process.argv.slice(1)) traceRuntime(Runtime.current(), { path });
    setInterval(() => undefined, 1000);
    process.stdout.write("ready");
  `;
  const second = join(folder, "second.json");
  const child = Bun.spawn([process.execPath, "-e", program, path, second], {
    cwd: import.meta.dir,
    stderr: "inherit",
    stdin: "ignore",
    stdout: "pipe",
  });
  const output = child.stdout.getReader();
  await output.read();
  child.kill("SIGTERM");
  const hasSurvived = AbortSignal.timeout(SIGNAL_MS_MAX);
  hasSurvived.addEventListener("abort", () => child.kill("SIGKILL"));
  await child.exited;
  expect(child.signalCode).toBe("SIGTERM");
  for (const file of [path, second]) expect(eventsOf(file).length).toBeGreaterThan(0);
}, 60_000);

test("a trace leaves no listener behind", async () => {
  await using fake = new FakeRuntime();
  const count = (): number[] =>
    ["exit", "SIGTERM", "SIGINT", "SIGHUP"].map((name) => process.listenerCount(name));
  const before = count();
  const tracing = traceRuntime(fake.runtime, { path });
  expect(count()).not.toEqual(before);
  tracing[Symbol.dispose]();
  expect(count()).toEqual(before);
});

test("more events than a second may have are left out, and the gaps are on record", () => {
  const file = new TraceFile(path, 1e9, 1000);
  const tracer = new Tracer(file, 0, new FakeDriver(), () => undefined);
  const task = new ExecutorProbe().spawn(() => undefined);
  for (let step = 0; step < 2000; step++) {
    tracer.pollStarted(task, 1000 + step * 0.25);
    tracer.pollEnded(task, 1000 + step * 0.25 + 0.2);
  }
  file.close();
  const events = eventsOf();
  const polls = events.filter(({ cat }) => cat === "poll");
  const gaps = events.filter(({ name }) => name.startsWith("too busy"));
  // 500 ms are five windows of 100 events; the gap of the last has not ended.
  expect([polls.length, gaps.length]).toEqual([500, 4]);
  for (const { ts, dur, tid } of gaps) {
    expect(tid).toBe(0);
    const inside = polls.filter((poll) => poll.ts + poll.dur > ts && poll.ts + poll.dur < ts + dur);
    expect(inside).toEqual([]);
    expect(dur).toBeCloseTo(75_000, -3);
  }
});

test("a span that was left out at its beginning is left out at its end", () => {
  const file = new TraceFile(path, 1e9, 1000);
  const tracer = new Tracer(file, 0, new FakeDriver(), () => undefined);
  const probe = new ExecutorProbe();
  const tasks = Array.from({ length: 300 }, () => probe.spawn(() => undefined));
  for (const task of tasks) tracer.taskSpawned(task, 1000);
  for (const task of tasks) tracer.taskEnded(task, 1001);
  file.close();
  const spans = eventsOf().filter(({ cat }) => cat === "task");
  const ids = (ph: string): unknown[] => spans.filter((each) => each.ph === ph).map(({ id }) => id);
  expect(ids("b")).toHaveLength(100);
  expect(ids("e")).toEqual(ids("b"));
});
