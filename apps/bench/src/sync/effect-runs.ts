import { Deferred, Effect, Fiber, Latch, PubSub, Queue, Semaphore } from "effect";
import {
  BROADCAST_CAPACITY,
  IN_LINE,
  JOBS,
  RECEIVERS,
  RUNNING_MAX,
  suspendOnce,
  type SyncRuns,
} from "./sync-operation.ts";

/** Fibers and queues of `effect`, as its generators are written. */
export const EFFECT_RUNS: SyncRuns = {
  hop: (count) => hop(16, count),
  narrowHop: (count) => hop(1, count),
  pingPong,
  lock: (count) => oneByOne(1, count),
  contended,
  acquire: (count) => oneByOne(RUNNING_MAX, count),
  jobs,
  notify,
  selectBare: raceReady,
  broadcast,
};

type Work = Effect.Effect<unknown>;

/** Runs fibers side by side and says how long they took together. */
function timeFibers(works: readonly Work[]): Work {
  return Effect.gen(function* () {
    const fibers = [];
    for (const work of works) fibers.push(yield* Effect.forkChild(work));
    for (const fiber of fibers) yield* Fiber.join(fiber);
  });
}

async function time(work: Work): Promise<number> {
  const start = Bun.nanoseconds();
  await Effect.runPromise(work);
  return Bun.nanoseconds() - start;
}

function times(count: number, each: (i: number) => Work): Work {
  return Effect.gen(function* () {
    for (let i = 0; i < count; i++) yield* each(i);
  });
}

async function hop(capacity: number, count: number): Promise<number> {
  const queue = await Effect.runPromise(Queue.bounded<number>(capacity));
  return time(
    timeFibers([times(count, (i) => Queue.offer(queue, i)), times(count, () => Queue.take(queue))]),
  );
}

async function pingPong(count: number): Promise<number> {
  const there = await Effect.runPromise(Queue.bounded<number>(1));
  const back = await Effect.runPromise(Queue.bounded<number>(1));
  const ping = Effect.gen(function* () {
    for (let i = 0; i < count; i++) {
      yield* Queue.offer(there, i);
      yield* Queue.take(back);
    }
  });
  const pong = Effect.gen(function* () {
    for (let i = 0; i < count; i++) {
      yield* Queue.take(there);
      yield* Queue.offer(back, i);
    }
  });
  return time(timeFibers([ping, pong]));
}

function oneByOne(permits: number, count: number): Promise<number> {
  const work = Semaphore.makeUnsafe(permits).withPermits(1)(Effect.void);
  return time(times(count, () => work));
}

function contended(count: number): Promise<number> {
  const work = Semaphore.makeUnsafe(1).withPermits(1)(Effect.promise(suspendOnce));
  const fiber = times(count / IN_LINE, () => work);
  return time(timeFibers(Array.from({ length: IN_LINE }, () => fiber)));
}

function jobs(count: number): Promise<number> {
  const batch = Effect.forEach(
    Array.from({ length: JOBS }, (_, index) => index),
    () => Effect.promise(suspendOnce),
    { concurrency: RUNNING_MAX, discard: true },
  );
  return time(times(count / JOBS, () => batch));
}

/** A latch that is closed again by whoever came through. */
function notify(count: number): Promise<number> {
  const there = Latch.makeUnsafe(false);
  const back = Latch.makeUnsafe(false);
  const ping = Effect.gen(function* () {
    for (let i = 0; i < count; i++) {
      yield* there.open;
      yield* back.await;
      yield* back.close;
    }
  });
  const pong = Effect.gen(function* () {
    for (let i = 0; i < count; i++) {
      yield* there.await;
      yield* there.close;
      yield* back.open;
    }
  });
  return time(timeFibers([ping, pong]));
}

async function raceReady(count: number): Promise<number> {
  const left = await Effect.runPromise(Queue.bounded<"left" | "right">(1));
  const right = await Effect.runPromise(Queue.bounded<"left" | "right">(1));
  const offerLeft = Queue.offer(left, "left");
  const offerRight = Queue.offer(right, "right");
  await Effect.runPromise(offerLeft);
  await Effect.runPromise(offerRight);
  const race = Effect.raceFirst(Queue.take(left), Queue.take(right));
  const work = Effect.gen(function* () {
    for (let i = 0; i < count; i++) {
      yield* (yield* race) === "left" ? offerLeft : offerRight;
    }
  });
  return time(work);
}

async function broadcast(count: number): Promise<number> {
  const messages = Math.ceil(count / RECEIVERS / BROADCAST_CAPACITY) * BROADCAST_CAPACITY;
  const work = Effect.gen(function* () {
    const pubsub = yield* PubSub.bounded<number>(BROADCAST_CAPACITY);
    const subscribed = yield* Deferred.make<void>();
    let missing = RECEIVERS;
    const receiver = Effect.scoped(
      Effect.gen(function* () {
        const subscription = yield* PubSub.subscribe(pubsub);
        if (--missing === 0) yield* Deferred.succeed(subscribed, undefined);
        for (let i = 0; i < messages; i++) yield* PubSub.take(subscription);
      }),
    );
    const sender = Effect.gen(function* () {
      yield* Deferred.await(subscribed);
      for (let i = 0; i < messages; i++) yield* PubSub.publish(pubsub, i);
    });
    yield* timeFibers([...Array.from({ length: RECEIVERS }, () => receiver), sender]);
  });
  return ((await time(work)) * count) / (messages * RECEIVERS);
}
