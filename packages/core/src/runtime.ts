import { announce, isTalkative } from "./announce.ts";
import { driveUntilSettled } from "./block-on.ts";
import { BlockingJobs } from "./blocking/blocking-jobs.ts";
import {
  type BlockingOptions,
  type BlockingSettings,
  checkBlockingOptions,
} from "./blocking/blocking-options.ts";
import { checkFunction, checkName, checkSignal } from "./check.ts";
import { chooseDriver, type DriverChoice } from "./choose-driver.ts";
import { contextStorage, thread } from "./context.ts";
import type { Driver, DriverOptions } from "./contract/driver.ts";
import type { Operation } from "./contract/operation.ts";
import { BlockOnDeadlockError, RuntimeClosedError } from "./errors.ts";
import type { EventLoop, Flushable } from "./event-loop.ts";
import { HostLoop } from "./host-loop.ts";
import { SITE_FRAMES } from "./spawn-site.ts";
import { JoinHandle } from "./join-handle.ts";
import { readMetrics, type RuntimeMetrics } from "./metrics.ts";
import { attachObservers, forgetRuntime } from "./observe/attach.ts";
import { Measurement } from "./observe/measurement.ts";
import type { RuntimeObserver } from "./observe/observer.ts";
import { Observers } from "./observe/observers.ts";
import type { RuntimeSnapshot } from "./observe/snapshot.ts";
import { takeSnapshot } from "./observe/take-snapshot.ts";
import type { LoopTimes } from "./observe/time-keeper.ts";
import type { Schedule } from "./schedule.ts";
import { closeRuntime, type Resource } from "./shutdown.ts";
import { StallDetector, stallLimit } from "./stall/stall-detector.ts";
import type { Priority, Task } from "./task.ts";

/** Options of {@link Runtime.create}. */
export interface RuntimeOptions extends DriverOptions {
  /**
   * `auto`, `epoll`, `uring`, a module specifier, or a driver; default: `BASCULE_DRIVER`, or
   * `auto`.
   */
  driver?: string | Driver;
  /**
   * Waits that are ready at once which a task may take before others get their turn; 128. Less is
   * fairer, more is faster.
   */
  budget?: number;
  /** How long to look for more work before sleeping while completions come one by one; 100 µs. */
  spinMicros?: number;
  /** Longest stretch before Bun's own loop gets its turn; 2 ms. */
  tickMsMax?: number;
  /** Decides which ready task goes next, for simulations; without it the run queue does. */
  schedule?: Schedule;
  /** Only its own tasks use it: it never becomes the one that code outside tasks uses. */
  isPrivate?: boolean;
  /**
   * Name tasks that run for longer than so many milliseconds in one poll; default
   * `BASCULE_STALL_MS`, or not at all. With it tasks are polled one by one, and a thread watches.
   */
  stallMs?: number;
  /** Have a helper thread watch the driver instead of Bun's loop; for a Bun that cannot. */
  watchWithThread?: boolean;
  /** The workers of `spawnBlocking`. */
  blocking?: BlockingOptions;
}

/** Options of {@link spawn}. */
export interface SpawnOptions {
  /** Shown in errors and diagnosis; default `task-ID`. */
  name?: string;
  /** Default `normal`. */
  priority?: Priority;
  /** Its abort aborts the task with `signal.reason`. */
  signal?: AbortSignal;
}

let currentRuntime: Runtime | null = null;

/**
 * An executor with a driver, living inside Bun's event loop. Most programs never make one: the
 * first use of anything makes this thread's, with the driver that `BASCULE_DRIVER` names.
 * @example
 * ```ts
 * import { Runtime, sleep } from "@bascule/core";
 * await using runtime = Runtime.create({ driver: "epoll" });
 * const answer = runtime.spawn(() => sleep(1).then(() => 42));
 * if ((await answer) !== 42 || runtime.choice.driver !== "epoll") throw new Error("wrong");
 * ```
 */
export class Runtime implements AsyncDisposable {
  readonly driver: Driver;
  readonly choice: DriverChoice;
  /** Run queue, driver and timers. For packages that build on the driver contract. */
  readonly loop: EventLoop;
  readonly #host: HostLoop;
  readonly #resources: Set<Resource> = new Set();
  readonly #observers: Observers;
  readonly #measurement: Measurement;
  readonly #blocking: BlockingSettings;
  readonly #startMs: number = performance.now();
  #closing: Promise<void> | null = null;
  #isAbandoned: boolean = false;

  private constructor(options: RuntimeOptions) {
    const stallMs = stallLimit(options.stallMs);
    const isAnnounced = isTalkative();
    this.#blocking = checkBlockingOptions(options.blocking);
    const request = options.driver ?? Bun.env["BASCULE_DRIVER"] ?? "auto";
    const { driver, choice } = chooseDriver(request === "" ? "auto" : request, options);
    this.driver = driver;
    this.choice = choice;
    this.#host = new HostLoop(driver, {
      tickMsMax: options.tickMsMax ?? 2,
      spinMs: (options.spinMicros ?? 100) / 1000,
      watchWithThread: options.watchWithThread ?? false,
      budget: options.budget,
    });
    this.loop = this.#host.loop;
    this.#observers = new Observers(this.loop, () => this.#host.isParked);
    this.loop.executor.schedule = options.schedule ?? null;
    this.#measurement = new Measurement(this.#observers);
    if (stallMs > 0) this.observe(new StallDetector(stallMs));
    if (isAnnounced) announce(choice);
  }

  /**
   * The runtime of the running task; outside every task this thread's, made on first use.
   * @throws DriverUnavailableError when the driver that `BASCULE_DRIVER` names cannot be used
   */
  static current(): Runtime {
    const task = contextStorage.getStore()?.task;
    if (task !== undefined) {
      const { owner } = task.executor;
      if (owner instanceof Runtime) return owner;
    }
    currentRuntime ??= Runtime.#make({});
    return currentRuntime;
  }

  /**
   * Makes a runtime. The first one of a thread becomes the one that code outside tasks uses, until
   * it is shut down.
   * @throws DriverUnavailableError when the driver cannot be used, TypeError when it is none,
   *   RangeError for a bad number or `BASCULE_LOG`
   */
  static create(options: RuntimeOptions = {}): Runtime {
    const { budget } = options;
    if (budget !== undefined && !(Number.isSafeInteger(budget) && budget > 0)) {
      throw new RangeError(
        `Cannot create a runtime with budget "${budget}": pass a whole number above 0`,
      );
    }
    for (const key of ["spinMicros", "tickMsMax"] as const) {
      const value = options[key];
      if (value !== undefined && !(value >= 0)) {
        throw new RangeError(`Cannot create a runtime with ${key} "${value}": pass 0 or more`);
      }
    }
    const runtime = Runtime.#make(options);
    // One whose shutdown takes its time does not stand in the way of the next.
    const hasCurrent = currentRuntime !== null && !currentRuntime.isClosed;
    if (options.isPrivate !== true && !hasCurrent) currentRuntime = runtime;
    return runtime;
  }

  static #make(options: RuntimeOptions): Runtime {
    const runtime = new Runtime(options);
    runtime.loop.executor.owner = runtime;
    try {
      attachObservers(runtime);
    } catch (error) {
      runtime.#observers.close();
      runtime.driver.destroy({ leak: false });
      throw error;
    }
    return runtime;
  }

  /** As the function `spawn`, on this runtime, also when it is taken out of it. */
  readonly spawn: <T>(work: () => T | PromiseLike<T>, options?: SpawnOptions) => JoinHandle<T> = <
    T,
  >(
    work: () => T | PromiseLike<T>,
    options?: SpawnOptions,
  ): JoinHandle<T> => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = SITE_FRAMES;
    const site = new Error();
    Error.stackTraceLimit = limit;
    return new JoinHandle<T>(this.spawnTask(work, options, site));
  };

  /**
   * As {@link spawn}, giving the task itself: for handles, scopes and sets.
   * @param site an error made by the function that the program called
   */
  spawnTask(work: () => unknown, options: SpawnOptions | undefined, site: Error | null): Task {
    checkFunction(work, "spawn");
    if (options?.signal !== undefined) checkSignal(options.signal, "spawn");
    if (this.#closing !== null && !this.#isAbandoned) {
      throw new RuntimeClosedError("Cannot spawn a task: the runtime is shut down");
    }
    if (options === undefined) return this.loop.executor.spawn(work, undefined, undefined, site);
    checkName(options.name);
    const task = this.loop.executor.spawn(work, options.name, options.priority, site);
    if (options.signal !== undefined) abortOn(options.signal, task);
    return task;
  }

  /** As the function `blockOn`, on this runtime, also when it is taken out of it. */
  readonly blockOn: <T>(work: PromiseLike<T> | (() => T | PromiseLike<T>)) => T = <T>(
    work: PromiseLike<T> | (() => T | PromiseLike<T>),
  ): T => {
    if (this.#isAbandoned) throw new RuntimeClosedError("Cannot block: the runtime has crashed");
    if (typeof work === "function") {
      const task = this.spawnTask(work, { name: "blockOn" }, null);
      const handle = new JoinHandle<T>(task);
      try {
        return driveUntilSettled(this.#host, handle, task);
      } catch (error) {
        // The function's own failure may be a deadlock as well: of a block inside it.
        if (error instanceof BlockOnDeadlockError && !handle.isFinished) this.#giveUp(task, error);
        throw error;
      }
    }
    if (typeof work?.then !== "function") {
      throw new TypeError(`Cannot block on "${String(work)}": pass a promise or a function`);
    }
    const caller = contextStorage.getStore()?.task;
    const { executor } = this.loop;
    const own = caller?.executor === executor ? caller : executor.root;
    return driveUntilSettled(this.#host, work, JoinHandle.taskOf(work) ?? own);
  };

  /** Nobody has a handle of what `blockOn` has spawned: left alone it might never end. */
  #giveUp(task: Task, error: BlockOnDeadlockError): void {
    task.context.abort(error);
    this.loop.executor.setReferenced(task, false);
  }

  /** Counters and gauges of this runtime, taken now. */
  metrics(): RuntimeMetrics {
    return readMetrics(this.loop, {
      hostWatch: this.#host.watchMode,
      parks: this.#host.parks,
      resources: this.#resources.size,
      uptimeMs: performance.now() - this.#startMs,
    });
  }

  /**
   * Everything the runtime holds now: tasks with what they wait for, scopes, operations in flight,
   * what is open. Plain data, at a cost that grows with what there is; nothing is changed by it.
   * @example
   * ```ts
   * import { Runtime, sleep, spawn } from "@bascule/core";
   * const runtime = Runtime.current();
   * using _measuring = runtime.measureTimes();
   * await using napping = spawn(() => sleep(1000), { name: "nap" });
   * await sleep(2);
   * const task = runtime.snapshot().tasks.find(({ id }) => id === napping.id);
   * if (task?.state !== "idle" || task.waits[0]?.on !== "timer") throw new Error("not asleep");
   * ```
   */
  snapshot(): RuntimeSnapshot {
    return takeSnapshot(this.loop, this.metrics(), this.#resources, this.#measurement.keeper);
  }

  /** Where the thread's time went, as a snapshot says it; null while nobody measures. */
  times(): LoopTimes | null {
    return this.#measurement.keeper?.read(performance.now()) ?? null;
  }

  /**
   * Has times taken, which snapshots then report, until the result is disposed of: of every poll,
   * wait and operation. Some 0.3 µs a poll; nothing is paid while nobody measures.
   */
  measureTimes(): Disposable {
    return this.#measurement.begin();
  }

  /**
   * Has an observer told of what happens, until the result is disposed of. Observed tasks are
   * polled one by one, each with two readings of the clock; without observers nothing is paid.
   * @example
   * ```ts
   * import { Runtime, RuntimeObserver, spawn, type Task } from "@bascule/core";
   * class Names extends RuntimeObserver {
   *   readonly spawned: string[] = [];
   *   override taskSpawned(task: Task): void {
   *     this.spawned.push(task.name);
   *   }
   * }
   * const names = new Names();
   * using _observing = Runtime.current().observe(names);
   * await spawn(() => 42, { name: "deep thought" });
   * if (names.spawned.join() !== "deep thought") throw new Error("not observed");
   * ```
   */
  observe(observer: RuntimeObserver): Disposable {
    return this.#observers.add(observer);
  }

  /**
   * Ends the runtime: aborts every task and waits for it, closes what is open, cancels what is in
   * flight and waits until the kernel has let go of all memory. Afterwards nothing is mapped.
   *
   * @param options.deadlineMs how long to wait for tasks and kernel, together; 5000. The last 100
   *   of them, or half of less than 200, are the kernel's. What it still holds then stays mapped
   *   for ever and a warning says so. Whoever lent it never has it back: a wait for such an
   *   operation does not settle any more, its task never goes on, and who waits for that task is
   *   told with a RuntimeClosedError.
   * @throws (rejects) RangeError for a bad `deadlineMs`, and nothing ends then
   */
  shutdown(options: { deadlineMs?: number } = {}): Promise<void> {
    const { deadlineMs = 5000 } = options;
    if (typeof deadlineMs !== "number" || !(deadlineMs >= 0)) {
      const expected = "pass a number of milliseconds, 0 or more";
      return Promise.reject(new RangeError(`Cannot shut down in "${deadlineMs}" ms: ${expected}`));
    }
    this.#closing ??= this.#shutdown(deadlineMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /** Whether `shutdown` has been called. */
  get isClosed(): boolean {
    return this.#closing !== null;
  }

  // What follows is for packages that build on the driver contract.

  /** Whether {@link abandon} has been called. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** Hands an operation over and sees to it that the driver is turned. */
  submit(operation: Operation): void {
    this.driver.ledger.submit(operation);
    this.#host.schedule();
  }

  /** Asks for the end of an operation; its completion follows. */
  cancel(operation: Operation): void {
    this.driver.ledger.cancel(operation);
    this.#host.schedule();
  }

  /** Whether an operation keeps the process alive, changeable while it is in flight. */
  setReferenced(operation: Operation, referenced: boolean): void {
    this.driver.ledger.setReferenced(operation, referenced);
    this.#host.schedule();
  }

  /** Calls `flush` before the driver's next turn. */
  flushLater(flushable: Flushable): void {
    this.loop.flushLater(flushable);
  }

  /** A timer was armed, or something else needs a turn. */
  schedule(): void {
    this.#host.schedule();
  }

  /**
   * Takes the loop away from Bun until the result is disposed of: nothing runs but by calls of
   * `loop.round`. For a simulation, which drives several runtimes by turns.
   */
  drive(): Disposable {
    const host = this.#host;
    host.enter();
    return { [Symbol.dispose]: () => host.leave() };
  }

  /**
   * Ends the runtime as a crash does: nothing is cleaned up, no task goes on, and who waits for one
   * in another runtime is told `reason`. Code of it that something else resumes comes no further
   * than its next wait: what it spawns never begins. The driver is the caller's to get rid of.
   */
  abandon(reason: unknown): void {
    this.#isAbandoned = true;
    this.#closing ??= Promise.resolve();
    this.loop.executor.abandon(reason);
    this.#host.close();
    this.#forget();
  }

  /** Something open that a shutdown must close. @throws RuntimeClosedError after shutdown */
  register(resource: Resource): void {
    if (this.#isAbandoned) return;
    if (this.#closing !== null) {
      throw new RuntimeClosedError("Cannot open anything: the runtime is shut down");
    }
    this.#resources.add(resource);
  }

  unregister(resource: Resource): void {
    this.#resources.delete(resource);
  }

  /** The jobs of `spawnBlocking`, and its workers. @throws RuntimeClosedError after shutdown */
  blockingJobs(): BlockingJobs {
    const { loop } = this;
    if (loop.jobs instanceof BlockingJobs && this.#closing === null) return loop.jobs;
    const jobs = new BlockingJobs(this.driver, this.#blocking, () => this.#host.schedule());
    this.register(jobs);
    loop.jobs = jobs;
    return jobs;
  }

  async #shutdown(deadlineMs: number): Promise<void> {
    try {
      await closeRuntime(this.#host, this.#resources, deadlineMs);
    } finally {
      this.#forget();
    }
  }

  #forget(): void {
    this.#observers.close();
    forgetRuntime(this);
    if (currentRuntime === this) currentRuntime = null;
  }
}

thread.rootContext = () => Runtime.current().loop.executor.root.context;
thread.shutdown = async () => currentRuntime?.shutdown();

function abortOn(signal: AbortSignal, task: Task): void {
  if (signal.aborted) {
    task.context.abort(signal.reason);
    return;
  }
  const onAbort = (): void => task.context.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const { onEnd } = task;
  task.onEnd = (ended) => {
    signal.removeEventListener("abort", onAbort);
    onEnd?.(ended);
  };
}
