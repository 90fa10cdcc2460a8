import { contextStorage } from "./context.ts";
import { RuntimeClosedError } from "./errors.ts";
import { type EventLoop, POLLS_PER_TURN } from "./event-loop.ts";
import type { HostLoop } from "./host-loop.ts";
import type { Timer } from "./timers.ts";

/** Something open: a listener, a stream, a file. */
export interface Resource {
  /**
   * Lets go without waiting for anybody: what was not sent is dropped, operations are cancelled,
   * the descriptor closes when the last of them has ended.
   */
  destroy(reason: unknown): void;
  /** For snapshots and dumps: what it is beyond the name of its class, `127.0.0.1:7007` say. */
  describe?(): string;
}

/** How long a turn of the barrier waits before it looks at the clock again. */
const BARRIER_TURN_MS = 20;

/** A task that goes on waiting after every wait has rejected is let down after so many rounds. */
const LAST_ROUNDS_MAX = 100;

/** Microtasks in which an abort comes through the functions that wait for each other. */
const SETTLE_HOPS = 100;

/**
 * How long clean-up outside of tasks may take, and what is left before the deadline at least: the
 * kernel lets go at once of nearly everything, but has to be asked.
 */
const CLEAN_UP_MS = 1000;
const LAST_MS = 100;

/**
 * Teardown as a barrier, in order: tasks, resources, operations, memory. Closing a ring or an epoll
 * set is not a barrier: io_uring goes on cancelling in the background and may still write to memory
 * (liburing issue 329), so nothing is unmapped before every final completion has been reaped.
 */
export async function closeRuntime(
  host: HostLoop,
  resources: Set<Resource>,
  deadlineMs: number,
): Promise<void> {
  const { loop } = host;
  const endMs = loop.clock.now() + deadlineMs;
  const reason = new RuntimeClosedError("The runtime was shut down");
  const lastMs = Math.min(LAST_MS, deadlineMs / 2);
  await endTasks(host, reason, endMs - lastMs);
  for (const resource of [...resources]) resource.destroy(reason);
  resources.clear();
  host.enter();
  try {
    await endOperations(host, endMs);
    await abandonWaits(loop);
    const { ledger, sendPool } = loop.driver;
    const leak = ledger.inFlight > 0 || sendPool.taken > 0;
    if (leak) warnOfLeak(host);
    host.close();
    loop.driver.destroy({ leak });
  } finally {
    host.leave();
  }
}

/**
 * Turns the driver until nothing is in flight. Whoever waited then runs: he gives memory back, or
 * begins to clean up, which is waited for as well. What still waits outside of tasks, where all has
 * been aborted, is in a shield, or about to end: its operations are not cancelled at once.
 */
async function endOperations({ loop }: HostLoop, endMs: number): Promise<void> {
  const { ledger } = loop.driver;
  const { context } = loop.executor.root;
  const cancelMs = Math.min(loop.clock.now() + CLEAN_UP_MS, endMs - LAST_MS);
  let isCleanUp = false;
  do {
    while (ledger.inFlight > 0 || loop.executor.readyCount > 0) {
      const leftMs = endMs - loop.clock.now();
      if (leftMs <= 0) return;
      if (!isCleanUp && (!context.isWaiting || leftMs <= endMs - cancelMs)) ledger.cancelAll();
      loop.round(0);
      if (ledger.inFlight > 0) loop.driver.turn(Math.min(leftMs, BARRIER_TURN_MS));
    }
    for (let hop = 0; hop < SETTLE_HOPS; hop++) await null;
    isCleanUp = true;
  } while (ledger.inFlight > 0 || loop.executor.readyCount > 0);
}

/**
 * What has not ended by now never will: shields that go on, waits that outlived their task. They
 * reject, and so does whatever is waited for afterwards, so that nobody is left hanging. What that
 * resumes runs before memory is unmapped. A task that the kernel keeps waiting, with memory of its
 * own, never goes on, because it would give that memory to others; who waits for it is told.
 */
async function abandonWaits({ executor }: EventLoop): Promise<void> {
  const reason = new RuntimeClosedError("The runtime was shut down before this wait had ended");
  executor.isClosed = true;
  for (const task of [...executor.live]) task.context.abandon(reason);
  executor.root.context.abandon(reason);
  for (let round = 0; round < LAST_ROUNDS_MAX && executor.readyCount > 0; round++) {
    executor.run(POLLS_PER_TURN);
    for (let hop = 0; hop < SETTLE_HOPS; hop++) await null;
  }
  for (const task of [...executor.live]) {
    if (task.context.isWaiting) executor.letDown(task, reason);
  }
}

/**
 * Aborts every task and gives their clean-up time. A task that shuts its own runtime down is left.
 */
async function endTasks(host: HostLoop, reason: unknown, endMs: number): Promise<void> {
  const { executor, timers } = host.loop;
  const running = contextStorage.getStore()?.task;
  // A region outside every task (a `timeout` around this) is the root's, which ends never.
  const self = running === executor.root ? undefined : running;
  for (const task of [...executor.live]) if (task !== self) task.context.abort(reason);
  executor.root.context.abort(reason);
  const isOver = (): boolean => executor.live.size <= (self?.executor === executor ? 1 : 0);
  if (isOver()) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const deadline: Timer = {
    deadlineMs: endMs,
    heapIndex: -1,
    sequence: 0,
    referenced: true,
    fire: resolve,
  };
  timers.arm(deadline);
  executor.onFinish = () => {
    if (isOver()) resolve();
  };
  host.schedule();
  await promise;
  timers.cancel(deadline);
}

function warnOfLeak(host: HostLoop): void {
  const names = [...host.loop.driver.ledger.pending()].map(
    (operation) => operation.kind?.name ?? "unknown",
  );
  process.emitWarning(
    `Runtime shut down with ${names.length} operations that the kernel would not end in time ` +
      `(${[...new Set(names)].join(", ")}): their memory stays mapped`,
    "BasculeLeakWarning",
  );
}
