import { type JoinHandle, spawn, suspend, type Waker, yieldNow } from "@bascule/core";
import type { Operation } from "./operation.ts";

const BATCH = 100;

/** What tasks do all the time, beside the least that JavaScript can do. */
export const TASK_OPERATIONS: readonly Operation[] = [
  { name: "await null (JavaScript alone)", run: awaitNull },
  { name: "yield", run: yieldAlone },
  { name: "wake to run", run: wakeToRun },
  { name: "suspend, wake, run", run: pingPong },
  { name: "spawn + join, 100 at a time", run: spawnAndJoin },
  { name: "spawn + join, one by one", run: spawnThenJoin },
];

async function awaitNull(count: number): Promise<number> {
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) await null;
  return Bun.nanoseconds() - start;
}

async function yieldAlone(count: number): Promise<number> {
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) await yieldNow();
  return Bun.nanoseconds() - start;
}

/** From `wake` to the first statement of the woken task, a hundred of them woken together. */
async function wakeToRun(count: number): Promise<number> {
  let nanos = 0;
  for (let done = 0; done < count; done += BATCH) {
    const wakers: Waker[] = [];
    let running = 0;
    let last = 0;
    const end = Promise.withResolvers<void>();
    const handles = Array.from({ length: BATCH }, () =>
      spawn(async () => {
        await suspend((waker) => {
          wakers.push(waker);
        });
        if (++running === BATCH) last = Bun.nanoseconds();
        // The end of a task costs more than its wake-up, so it comes after the last has run.
        await end.promise;
      }),
    );
    while (wakers.length < BATCH) await yieldNow();
    const start = Bun.nanoseconds();
    for (const waker of wakers) waker.wake();
    while (running < BATCH) await yieldNow();
    nanos += last - start;
    end.resolve();
    for (const handle of handles) await handle;
  }
  return nanos;
}

/** Two tasks that wake each other in turn. */
async function pingPong(count: number): Promise<number> {
  let other: Waker | null = null;
  const play = async (): Promise<void> => {
    for (let i = 0; i < count / 2; i++) {
      const waiting = suspend((waker) => {
        const first = other;
        other = waker;
        first?.wake();
      });
      await waiting;
    }
    other?.wake();
  };
  const start = Bun.nanoseconds();
  const handles = [spawn(play), spawn(play)];
  for (const handle of handles) await handle;
  return Bun.nanoseconds() - start;
}

async function spawnAndJoin(count: number): Promise<number> {
  const handles: JoinHandle<void>[] = [];
  const start = Bun.nanoseconds();
  for (let done = 0; done < count; done += BATCH) {
    for (let i = 0; i < BATCH; i++) handles[i] = spawn(doNothing);
    for (const handle of handles) await handle;
  }
  return Bun.nanoseconds() - start;
}

async function spawnThenJoin(count: number): Promise<number> {
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) await spawn(doNothing);
  return Bun.nanoseconds() - start;
}

function doNothing(): void {}
