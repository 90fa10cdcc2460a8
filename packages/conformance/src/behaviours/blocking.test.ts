import { describe, expect, test } from "bun:test";
import { isMainThread, threadId } from "node:worker_threads";
import { blockOn, Runtime, sleep, spawn, spawnBlocking } from "@bascule/core";
import * as work from "../programs/work.ts";
import { failureOf, fieldsOf } from "../support/failure.ts";
import { workUrl } from "../support/work-url.ts";

describe("a function runs on another thread", () => {
  test("registered, or named by its module's URL, by default or by a fragment", async () => {
    expect(await spawnBlocking(work.add, [20, 22])).toBe(42);
    expect(await spawnBlocking(work.default, [21])).toBe(42);
    expect(await spawnBlocking<number>(workUrl(), [4])).toBe(8);
    expect(await spawnBlocking<number>(workUrl("add").href, [1, 2])).toBe(3);
    expect(isMainThread).toBe(true);
    expect(await spawnBlocking(work.thread, [])).not.toBe(threadId);
  });

  test("an asynchronous one is awaited, with timers and a runtime of its thread", async () => {
    expect(await spawnBlocking(work.later, ["see you"])).toBe("see you later");
  });

  test("this thread goes on meanwhile", async () => {
    const word = new Int32Array(new SharedArrayBuffer(8));
    const waiting = spawnBlocking(work.waitForWord, [word]);
    await sleep(1);
    expect(waiting.isFinished).toBe(false);
    Atomics.store(word, 0, 1);
    Atomics.notify(word, 0);
    await waiting;
  });

  test("a thousand at once, in as many threads as there may be", async () => {
    const jobs = Array.from({ length: 1000 }, (_, index) => spawnBlocking(work.add, [index, 1]));
    const sums = await Promise.all(jobs);
    expect(sums).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
    const { workers, running, queued } = Runtime.current().metrics().blockingJobs;
    expect({ running, queued }).toEqual({ running: 0, queued: 0 });
    expect(workers).toBeLessThanOrEqual(Math.max(2, navigator.hardwareConcurrency));
  });
});

describe("inside blockOn, where Bun's loop stands still", () => {
  test("a job, its handle, and many at once", () => {
    expect(blockOn(() => spawnBlocking(work.add, [1, 2]))).toBe(3);
    expect(blockOn(spawnBlocking(work.add, [3, 4]))).toBe(7);
    const jobs = (): Promise<number[]> =>
      Promise.all([1, 2, 3, 4, 5].map((value) => spawnBlocking(work.default, [value])));
    expect(blockOn(jobs)).toEqual([2, 4, 6, 8, 10]);
  });

  test("nested, and inside a job", async () => {
    const nested = spawn(() => {
      return blockOn(() => blockOn(() => spawnBlocking(work.add, [1, 1])));
    });
    expect(await nested).toBe(2);
    expect(await spawnBlocking(work.blocked, [])).toBe(42);
    expect(blockOn(() => spawnBlocking(work.blocked, []))).toBe(42);
  });

  test("a thread that ends by itself is noticed", () => {
    const ended = blockOn(() => failureOf(spawnBlocking(workUrl("exitProcess"))));
    expect(String(ended)).toContain("ended with exit code 3");
  });
});

describe("what goes and comes", () => {
  test("arguments are copied as they are at the call", async () => {
    const bytes = new Uint8Array([1, 1, 1]);
    const filling = spawnBlocking(work.fill, [bytes, 9]);
    bytes.fill(2);
    expect([...(await filling)]).toEqual([9, 9, 9]);
    expect([...bytes]).toEqual([2, 2, 2]);
  });

  test("transferred buffers are detached at once, and come back in the result", async () => {
    const bytes = new Uint8Array(1 << 20);
    const filling = spawnBlocking(work.fill, [bytes, 9], { transfer: [bytes.buffer] });
    expect(bytes.buffer.detached).toBe(true);
    const filled = await filling;
    expect(filled.byteLength).toBe(1 << 20);
    expect(filled.every((byte) => byte === 9)).toBe(true);
  });

  test("a result can be moved too", async () => {
    const { bytes } = await spawnBlocking(work.make, [100_000]);
    expect(bytes.byteLength).toBe(100_000);
    expect(bytes.every((byte) => byte === 7)).toBe(true);
  });

  test("after a failure the moved buffers go to reclaim", async () => {
    const bytes = new Uint8Array(16).fill(5);
    const reclaimed: ArrayBuffer[] = [];
    const failing = spawnBlocking(work.throwAfter, [bytes], {
      transfer: [bytes.buffer],
      reclaim: (buffers) => reclaimed.push(...buffers),
    });
    expect(String(await failureOf(failing))).toBe("TypeError: not with these bytes");
    expect(reclaimed.map((buffer) => new Uint8Array(buffer))).toEqual([new Uint8Array(16).fill(5)]);
  });

  test("what cannot be cloned is refused, on either way", async () => {
    expect(() => spawnBlocking(workUrl("add"), [() => 1, 2])).toThrow("cloned");
    const failure = await failureOf(spawnBlocking(workUrl("returnFunction")));
    expect(String(failure)).toContain('Cannot send the result of "returnFunction" back');
    expect(fieldsOf(failure, "name")).toEqual({ name: "DataCloneError" });
    expect(Runtime.current().metrics().blockingJobs.queued).toBe(0);
  });
});

describe("failures", () => {
  test("an error keeps name, message, stack, code and cause", async () => {
    const failure = await failureOf(spawnBlocking(workUrl("throwCustom"), ["E_CUSTOM"]));
    expect(failure).toBeInstanceOf(Error);
    expect(fieldsOf(failure, "name", "message", "code")).toEqual({
      name: "CustomError",
      message: "it went wrong",
      code: "E_CUSTOM",
    });
    const { stack, cause } = failure as Error;
    expect(stack).toContain("throwCustom");
    expect(cause).toBeInstanceOf(RangeError);
    expect(String(cause)).toBe("RangeError: because of this");
  });

  test("what is thrown need not be an error", async () => {
    expect(await failureOf(spawnBlocking(workUrl("throwValue")))).toEqual({
      nothing: "but a value",
    });
  });

  test("a module or an export that is not there is named", async () => {
    const noModule = failureOf(spawnBlocking(new URL("./absent.ts", import.meta.url)));
    expect(fieldsOf(await noModule, "code")).toEqual({ code: "ERR_MODULE_NOT_FOUND" });
    expect(String(await failureOf(spawnBlocking(workUrl("absent"))))).toContain(
      'Cannot run export "absent"',
    );
  });

  test("a closure, and a relative path, are refused at once", () => {
    expect(() => spawnBlocking(() => 1, [])).toThrow("which a closure cannot leave");
    expect(() => spawnBlocking("./work.ts")).toThrow("a whole URL");
  });
});
