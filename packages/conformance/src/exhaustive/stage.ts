import { contextStorage, Runtime, type TaskInfo } from "@bascule/core";
import { drainMicrotasks } from "bun:jsc";
import type { Choices } from "./choices.ts";
import { type KernelEvent, type KernelHabits, ScriptedKernel } from "./scripted-kernel.ts";

/** What an actor outside all tasks does, each step at any moment after the one before. */
export interface ActorStep {
  readonly name: string;
  readonly act: () => void;
}

const CALM: KernelHabits = {
  cancelsMayLose: false,
  connectsMayFail: false,
  sendsMayBeShort: false,
  sendsMayFail: false,
  sendsSilently: false,
};

/** More steps than any execution needs: something goes on for ever. */
const STEPS_MAX = 2000;

/**
 * A runtime on a kernel that is played, where every step is chosen: which ready task is polled,
 * which operation completes and how, which actor goes on. Nothing else moves, not even time.
 */
export class Stage {
  readonly kernel: ScriptedKernel;
  readonly runtime: Runtime;
  readonly #driving: Disposable;
  readonly #actors: ActorStep[][] = [];
  /** A round of ours is running: it polls this ready task, or none when it is -1. */
  #polled: number | null = null;
  #readyNames: readonly string[] = [];
  #choose: (names: readonly string[]) => number = calmly;

  constructor() {
    this.kernel = new ScriptedKernel(CALM);
    this.runtime = Runtime.create({ driver: this.kernel });
    this.runtime.loop.executor.schedule = { pick: (ready) => this.#pick(ready) };
    this.#driving = this.runtime.drive();
    this.kernel.choose = (names) => this.#choose(names);
    this.kernel.onWait = () => {
      if (!this.#happen(this.kernel.events())) throw new Error("it waits for what never happens");
    };
  }

  actor(...steps: ActorStep[]): void {
    this.#actors.push(steps);
  }

  /**
   * Does something outside all tasks of this runtime. Elsewhere it would spend the budget of the
   * runtime that the test has beside it, and could leave its waits there.
   */
  act(work: () => void): void {
    contextStorage.run(this.runtime.loop.executor.root.context, work);
  }

  /** Polls the task that has been ready for longest. Not part of the enumeration. */
  poll(): void {
    this.#round(0);
  }

  /** Lets everything happen that can, in the calmest order. Not part of the enumeration. */
  settle(): void {
    this.kernel.behave(CALM);
    this.#choose = calmly;
    this.#play();
  }

  /** Lets everything happen that can, in the order that is chosen. */
  perform(choices: Choices, habits: Partial<KernelHabits>): void {
    this.kernel.behave({ ...CALM, ...habits });
    this.#choose = (names) => choices.among(names);
    this.#play();
  }

  /** Runs a task to its end, calmly. */
  finish<T>(work: () => Promise<T>): T {
    let outcome: { value: T } | { error: unknown } | null = null;
    this.runtime.spawn(async () => {
      try {
        outcome = { value: await work() };
      } catch (error) {
        outcome = { error };
      }
    });
    this.settle();
    const ended = outcome as { value: T } | { error: unknown } | null;
    if (ended === null) throw new Error("a task does not end");
    if ("error" in ended) throw ended.error;
    return ended.value;
  }

  /**
   * Shuts the runtime down. @throws Error when anything is left: a task, an operation, memory, a
   * descriptor
   */
  close(): void {
    let isOver = false;
    let failure: unknown = null;
    this.runtime.shutdown().then(
      () => (isOver = true),
      (error: unknown) => (failure = error),
    );
    for (let turn = 0; !isOver && failure === null && turn < STEPS_MAX; turn++) {
      this.settle();
      drainMicrotasks();
    }
    this.#driving[Symbol.dispose]();
    if (failure !== null) throw failure;
    if (!isOver) throw new Error("the shutdown does not end");
    this.#checkNothingLeft();
  }

  #checkNothingLeft(): void {
    const { kernel, runtime } = this;
    if (kernel.destroyed?.leak !== false) throw new Error("memory was leaked");
    if (kernel.open.size > 0) throw new Error(`descriptors ${[...kernel.open].join()} are open`);
    const { free, count } = kernel.receivePool;
    if (free !== count) throw new Error(`${count - free} receive buffers are out`);
    const { submitted, completed } = kernel.ledger.counters;
    if (submitted !== completed) throw new Error(`${completed} of ${submitted} operations ended`);
    if (runtime.loop.executor.live.size > 0) throw new Error("tasks are left");
  }

  #play(): void {
    for (let step = 0; step < STEPS_MAX; step++) {
      // What was gathered is flushed before anything else, as in any round, and what comes of that.
      const { loop } = this.runtime;
      do this.#round(-1);
      while (loop.isBusy && loop.executor.readyCount === 0 && !loop.closed);
      if (!this.#happen(this.#events())) return;
    }
    throw new Error("it never comes to rest");
  }

  /** One of several things. @returns whether there was any */
  #happen(events: readonly KernelEvent[]): boolean {
    if (events.length === 0) return false;
    events[this.#choose(events.map(({ name }) => name))]?.happen();
    drainMicrotasks();
    return true;
  }

  #events(): KernelEvent[] {
    const events = this.kernel.events();
    for (const actor of this.#actors) {
      const [next] = actor;
      if (next === undefined) continue;
      events.push({
        name: next.name,
        happen: () => {
          actor.shift();
          this.act(next.act);
        },
      });
    }
    for (const [index, name] of this.#readyNames.entries()) {
      events.push({ name: `poll ${name}`, happen: () => this.#round(index) });
    }
    return events;
  }

  #round(polled: number): void {
    this.#polled = polled;
    this.#readyNames = [];
    if (!this.runtime.loop.closed) this.runtime.loop.round(0);
    this.#polled = null;
  }

  #pick(ready: readonly TaskInfo[]): number {
    const names = ready.map(({ name }) => name);
    // The runtime's own round, in its shutdown.
    if (this.#polled === null) return this.#choose(names.map((name) => `poll ${name}`));
    this.#readyNames = names;
    const index = this.#polled;
    this.#polled = -1;
    return index;
  }
}

function calmly(): number {
  return 0;
}
