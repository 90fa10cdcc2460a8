import { describe, expect, test } from "bun:test";
import {
  blockOn,
  BlockingQueueFullError,
  BlockingWorkerError,
  type JoinHandle,
  Runtime,
  RuntimeClosedError,
  spawnBlocking,
  timeout,
  TimeoutError,
  yieldNow,
} from "@bascule/core";
import { eventually } from "@bascule/test-support";
import { failureOf } from "../support/failure.ts";
import { runProgram } from "../support/program.ts";
import { runtimeOptions } from "../support/settings.ts";
import * as work from "../programs/work.ts";
import { workUrl } from "../support/work-url.ts";

/** A job that runs, and waits to be let go. */
class Blocker {
  readonly word: Int32Array = new Int32Array(new SharedArrayBuffer(8));
  readonly handle: JoinHandle<number>;

  constructor(options?: { signal: AbortSignal }) {
    this.handle = spawnBlocking(work.waitForWord, [this.word], options);
  }

  /** Waits until its thread is in it. */
  async begun(): Promise<this> {
    expect(await eventually(() => Atomics.load(this.word, 1) > 0, 5000)).toBe(true);
    return this;
  }

  release(): void {
    Atomics.store(this.word, 0, 1);
    Atomics.notify(this.word, 0);
  }
}

/** Calls of a body on a runtime with one worker. */
async function withOneWorker(
  body: () => Promise<void>,
  blocking: { queueMax?: number; idleMs?: number } = {},
): Promise<void> {
  await using runtime = Runtime.create({
    ...runtimeOptions(),
    blocking: { workersMax: 1, ...blocking },
  });
  await runtime.spawn(body);
}

describe("aborting", () => {
  test("a job in line never runs, by its handle or by a signal, and gives buffers back", () =>
    withOneWorker(async () => {
      const blocker = await new Blocker().begun();
      const reclaimed: ArrayBuffer[] = [];
      const bytes = new Uint8Array(8).fill(3);
      const controller = new AbortController();
      const byHandle = new Blocker();
      const bySignal = spawnBlocking(work.fill, [bytes, 1], {
        signal: controller.signal,
        transfer: [bytes.buffer],
        reclaim: (buffers) => reclaimed.push(...buffers),
      });
      await yieldNow();
      const failures = [failureOf(byHandle.handle), failureOf(bySignal)];
      byHandle.handle.abort("by handle");
      controller.abort("by signal");
      expect(await Promise.all(failures)).toEqual(["by handle", "by signal"]);
      expect(reclaimed.map((buffer) => [...new Uint8Array(buffer)])).toEqual([Array(8).fill(3)]);
      blocker.release();
      await blocker.handle;
      expect(await spawnBlocking(work.add, [1, 1])).toBe(2);
      expect(Atomics.load(byHandle.word, 1)).toBe(0);
    }));

  test("before its task's first poll it gives buffers back as well", async () => {
    const reclaimed: ArrayBuffer[] = [];
    const bytes = new Uint8Array(4);
    const job = spawnBlocking(work.fill, [bytes, 1], {
      transfer: [bytes.buffer],
      reclaim: (buffers) => reclaimed.push(...buffers),
    });
    job.abort("at once");
    expect(await failureOf(job)).toBe("at once");
    expect(reclaimed.map(({ byteLength }) => byteLength)).toEqual([4]);
    expect(Runtime.current().metrics().blockingJobs).toEqual({ workers: 0, running: 0, queued: 0 });
  });

  test("a job that runs goes on and gives its result all the same", async () => {
    const controller = new AbortController();
    const blocker = await new Blocker({ signal: controller.signal }).begun();
    blocker.handle.abort("too late");
    controller.abort("too late as well");
    await yieldNow();
    expect(blocker.handle.isFinished).toBe(false);
    blocker.release();
    expect(await blocker.handle).toBeGreaterThan(0);
  });

  test("a time-out ends the wait and leaves the job to itself", async () => {
    const blocker = await new Blocker().begun();
    const failure = await failureOf(timeout(1, async () => await blocker.handle));
    expect(failure).toBeInstanceOf(TimeoutError);
    expect(blocker.handle.isFinished).toBe(false);
    blocker.release();
    expect(await blocker.handle).toBeGreaterThan(0);
  });
});

test("jobs beyond the queue are refused with the number, and fit in later", () =>
  withOneWorker(
    async () => {
      const blocker = await new Blocker().begun();
      const queued = [spawnBlocking(work.add, [1, 1]), spawnBlocking(work.add, [2, 2])];
      const bytes = new Uint8Array(4);
      const options = { transfer: [bytes.buffer] };
      expect(() => spawnBlocking(work.fill, [bytes, 3], options)).toThrow(BlockingQueueFullError);
      expect(bytes.buffer.detached).toBe(false);
      blocker.release();
      expect(await Promise.all(queued)).toEqual([2, 4]);
      expect(await spawnBlocking(work.add, [3, 3])).toBe(6);
    },
    { queueMax: 2 },
  ));

describe("a worker that dies", () => {
  test("fails its job, and another takes the jobs behind it", () =>
    withOneWorker(async () => {
      const dying = spawnBlocking(workUrl("exitProcess"));
      const behind = spawnBlocking(work.add, [2, 3]);
      const failure = await failureOf(dying);
      expect(failure).toBeInstanceOf(BlockingWorkerError);
      expect(String(failure)).toContain('"work.ts#exitProcess" did not finish');
      expect(await behind).toBe(5);
      expect(Runtime.current().metrics().blockingJobs.workers).toBe(1);
    }));

  test("of something beside the job, fails it as well", async () => {
    const failure = await failureOf(spawnBlocking(workUrl("failBeside")));
    expect(failure).toBeInstanceOf(BlockingWorkerError);
  });

  // In a process of its own: under `bun test` a thread hears nothing of its uncaught errors.
  test("says of what, also inside blockOn", async () => {
    const ended = await runProgram("blocking-exits", { args: ["stray"] });
    expect(ended).toMatchObject({
      exitCode: 0,
      stdout: "Error: a stray failure\nError: a stray failure\nend of main\n",
      stderr: "",
    });
  });
});

test("an idle worker ends after its time, and the next job has a new one", () =>
  withOneWorker(
    async () => {
      const first = await spawnBlocking(work.thread, []);
      const gone = (): boolean => Runtime.current().metrics().blockingJobs.workers === 0;
      expect(await eventually(gone, 5000)).toBe(true);
      expect(await spawnBlocking(work.thread, [])).not.toBe(first);
    },
    { idleMs: 5 },
  ));

describe("a shutdown", () => {
  test("waits for the job that runs, takes back those in line, and refuses new ones", async () => {
    const runtime = Runtime.create({ ...runtimeOptions(), blocking: { workersMax: 1 } });
    const [blocker, queued] = await runtime.spawn(async () => {
      const begun = await new Blocker().begun();
      return [begun, spawnBlocking(work.add, [1, 1])] as const;
    });
    const closing = runtime.shutdown();
    expect(() => runtime.blockingJobs()).toThrow(RuntimeClosedError);
    expect(await eventually(() => queued.isFinished, 5000)).toBe(true);
    expect(blocker.handle.isFinished).toBe(false);
    blocker.release();
    await closing;
    expect(blocker.handle.isFinished).toBe(true);
    expect(runtime.metrics().blockingJobs).toEqual({ workers: 0, running: 0, queued: 0 });
  });

  test("stops a thread that would not end before the deadline, and says so", async () => {
    const ended = await runProgram("blocking-exits", { args: ["endless"] });
    expect(ended).toMatchObject({ exitCode: 0, stdout: "RuntimeClosedError\nend of main\n" });
    expect(ended.stderr).toContain("1 blocking jobs that would not end in time (work.ts#spin)");
  });

  test("may be waited for inside blockOn", () => {
    const runtime = Runtime.create(runtimeOptions());
    runtime.blockOn(async () => {
      expect(await spawnBlocking(work.add, [1, 2])).toBe(3);
    });
    blockOn(runtime.shutdown());
    expect(runtime.metrics().blockingJobs.workers).toBe(0);
  });
});

describe("the process", () => {
  const exits: readonly [string, string, string][] = [
    ["waits for a job", "job", "end of main\n42\n"],
    ["exits by itself when its jobs are done", "done", "42\nend of main\n"],
    ["does not wait for a job that is not referenced", "unreferenced", "end of main\n"],
  ];
  test.each(exits)("%s", async (_name, scenario, output) => {
    const ended = await runProgram("blocking-exits", { args: [scenario] });
    expect(ended).toMatchObject({ exitCode: 0, stdout: output, stderr: "" });
  });
});
