import { spawn } from "@bascule/core";
import { broadcast, channel, Mutex, Notify, select, Semaphore, watch } from "@bascule/sync";
import {
  BROADCAST_CAPACITY,
  IN_LINE,
  JOBS,
  RECEIVERS,
  RUNNING_MAX,
  suspendOnce,
  type SyncRuns,
} from "./sync-operation.ts";

/** Each as its README shows it. */
export const BASCULE_RUNS: SyncRuns = {
  hop: (count) => hop(16, count),
  narrowHop: (count) => hop(1, count),
  pingPong,
  lock,
  contended,
  acquire,
  jobs,
  notify,
  select: (count) => selectReady(count, true),
  selectBare: (count) => selectReady(count, false),
  broadcast: broadcastToAll,
  watch: watchChanges,
};

/** Runs tasks side by side and says how long they took together. */
async function timeTasks(...works: (() => Promise<void>)[]): Promise<number> {
  const start = Bun.nanoseconds();
  const handles = works.map((work) => spawn(work));
  for (const handle of handles) await handle;
  return Bun.nanoseconds() - start;
}

function hop(capacity: number, count: number): Promise<number> {
  const [sender, receiver] = channel<number>(capacity);
  return timeTasks(
    async () => {
      for (let i = 0; i < count; i++) await sender.send(i);
    },
    async () => {
      for (let i = 0; i < count; i++) await receiver.recv();
    },
  );
}

function pingPong(count: number): Promise<number> {
  const [there, arrived] = channel<number>(1);
  const [back, returned] = channel<number>(1);
  return timeTasks(
    async () => {
      for (let i = 0; i < count; i++) {
        await there.send(i);
        await returned.recv();
      }
    },
    async () => {
      for (let i = 0; i < count; i++) {
        await arrived.recv();
        await back.send(i);
      }
    },
  );
}

async function lock(count: number): Promise<number> {
  const mutex = new Mutex();
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) (await mutex.lock()).release();
  return Bun.nanoseconds() - start;
}

function contended(count: number): Promise<number> {
  const mutex = new Mutex();
  const work = async (): Promise<void> => {
    for (let i = 0; i < count / IN_LINE; i++) {
      const guard = await mutex.lock();
      await suspendOnce();
      guard.release();
    }
  };
  return timeTasks(...Array.from({ length: IN_LINE }, () => work));
}

async function acquire(count: number): Promise<number> {
  const semaphore = new Semaphore(RUNNING_MAX);
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) (await semaphore.acquire()).release();
  return Bun.nanoseconds() - start;
}

async function jobs(count: number): Promise<number> {
  const semaphore = new Semaphore(RUNNING_MAX);
  const job = async (): Promise<void> => {
    using _permit = await semaphore.acquire();
    await suspendOnce();
  };
  const start = Bun.nanoseconds();
  for (let done = 0; done < count; done += JOBS) {
    await Promise.all(Array.from({ length: JOBS }, job));
  }
  return Bun.nanoseconds() - start;
}

function notify(count: number): Promise<number> {
  const there = new Notify();
  const back = new Notify();
  return timeTasks(
    async () => {
      for (let i = 0; i < count; i++) {
        there.notifyOne();
        await back.notified();
      }
    },
    async () => {
      for (let i = 0; i < count; i++) {
        await there.notified();
        back.notifyOne();
      }
    },
  );
}

/**
 * Branches that ask for their signal, which Bascule's own waits do not need, and such that do not:
 * making an `AbortSignal` costs as much as all the rest.
 */
async function selectReady(count: number, withSignals: boolean): Promise<number> {
  const [leftSender, left] = channel<number>(1);
  const [rightSender, right] = channel<number>(1);
  leftSender.trySend(0);
  rightSender.trySend(0);
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) {
    const got = withSignals
      ? await select({
          left: (signal) => left.recv({ signal }),
          right: (signal) => right.recv({ signal }),
        })
      : await select({ left: () => left.recv(), right: () => right.recv() });
    (got.key === "left" ? leftSender : rightSender).trySend(i);
  }
  return Bun.nanoseconds() - start;
}

/** Fills what receivers are kept, lets them read it, and again. */
async function broadcastToAll(count: number): Promise<number> {
  const sender = broadcast<number>(BROADCAST_CAPACITY);
  const messages = Math.ceil(count / RECEIVERS / BROADCAST_CAPACITY) * BROADCAST_CAPACITY;
  const [done, allDone] = channel<null>(RECEIVERS);
  const receivers = Array.from({ length: RECEIVERS }, () => {
    const receiver = sender.subscribe();
    return async (): Promise<void> => {
      for (let i = 1; i <= messages; i++) {
        await receiver.recv();
        if (i % BROADCAST_CAPACITY === 0) await done.send(null);
      }
    };
  });
  const nanos = await timeTasks(...receivers, async () => {
    for (let i = 1; i <= messages; i++) {
      sender.send(i);
      if (i % BROADCAST_CAPACITY !== 0) continue;
      for (let reader = 0; reader < RECEIVERS; reader++) await allDone.recv();
    }
  });
  return (nanos * count) / (messages * RECEIVERS);
}

function watchChanges(count: number): Promise<number> {
  const sender = watch(0);
  const receiver = sender.subscribe();
  const seen = new Notify();
  return timeTasks(
    async () => {
      for (let i = 1; i <= count; i++) {
        sender.send(i);
        await seen.notified();
      }
    },
    async () => {
      for (let i = 1; i <= count; i++) {
        await receiver.changed();
        seen.notifyOne();
      }
    },
  );
}
