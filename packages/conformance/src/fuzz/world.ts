import { describeRuntime, Runtime, type RuntimeOptions } from "@bascule/core";
import { BENIGN_FAULTS, createDriver, type FaultOptions, NO_FAULTS } from "@bascule/sim";
import { eventually, leaksOf } from "@bascule/test-support";
import { SINCE_THE_FIRST_URING } from "../support/first-uring.ts";
import { COMMANDS } from "./commands/all.ts";
import { Lane } from "./lane.ts";
import { ModelError } from "./outcome.ts";
import type { LaneProgram, Program } from "./program.ts";

/** A driver with settings, under a name. */
export interface Setting {
  readonly name: string;
  /** Made anew for each runtime. */
  readonly options: () => RuntimeOptions;
}

/** What came of a program: for each lane, each step with its outcome. */
export type Trace = readonly (readonly string[])[];

/** Pools and queues so small that they run out all the time. */
const SMALL = { queueEntries: 4, receiveBuffers: 16, blockingThreads: 1 };

/** All but small socket buffers: steps that write count on what Linux takes while nobody reads. */
const SIMULATED_FAULTS: FaultOptions = {
  ...BENIGN_FAULTS,
  socketBufferBytes: NO_FAULTS.socketBufferBytes,
};

/** Settings of each driver: a program runs on one of each. */
export const SETTINGS: Readonly<Record<"epoll" | "uring" | "sim", readonly Setting[]>> = {
  epoll: [
    { name: "epoll", options: () => ({ driver: "epoll" }) },
    {
      name: "epoll, small",
      options: () => ({ driver: "epoll", ...SMALL, receiveBufferBytes: 512 }),
    },
    { name: "epoll without aio", options: () => ({ driver: "epoll", without: ["aio"] }) },
  ],
  uring: [
    { name: "uring", options: () => ({ driver: "uring" }) },
    {
      name: "uring, small",
      options: () => ({ driver: "uring", ...SMALL, receiveBufferBytes: 1024 }),
    },
    {
      name: "uring without multishot receives",
      options: () => ({ driver: "uring", without: ["multishot-recv"] }),
    },
    {
      name: "the first uring",
      options: () => ({ driver: "uring", ...SMALL, without: SINCE_THE_FIRST_URING }),
    },
  ],
  sim: [
    { name: "sim", options: () => ({ driver: createDriver({ seed: 1 }) }) },
    {
      name: "sim with faults",
      options: () => ({ driver: createDriver({ seed: 2, faults: SIMULATED_FAULTS }) }),
    },
  ],
};

/** A program that takes longer hangs, however slow the machine. */
const PROGRAM_MS_MAX = 30_000;
const SETTLE_MS = 2000;

/** A runtime that programs run on, one after the other. */
export class World {
  readonly name: string;
  readonly #runtime: Runtime;

  constructor({ name, options }: Setting) {
    this.name = name;
    this.#runtime = Runtime.create(options());
  }

  /** @throws Error when it hangs, leaves something behind, or breaks what must hold */
  async run(program: Program): Promise<Trace> {
    const traces = program.lanes.map((): string[] => []);
    const running = program.lanes.map((lane, index) =>
      this.#runtime.spawn(() => runLane(lane, traces[index] as string[])),
    );
    const hang = Promise.withResolvers<never>();
    const limit = setTimeout(() => hang.reject(this.#hangError(program, traces)), PROGRAM_MS_MAX);
    try {
      await Promise.race([Promise.all(running), hang.promise]);
    } finally {
      clearTimeout(limit);
    }
    await this.#checkLeaks();
    return traces;
  }

  /** Everything there is to know of a hang: it may not come again for a long time. */
  #hangError(program: Program, traces: Trace): Error {
    const texts = [program, traces, this.#runtime.metrics()].map((each) => JSON.stringify(each));
    return new Error(`hangs:\n${texts.join("\n")}\n${describeRuntime(this.#runtime.snapshot())}`);
  }

  async #checkLeaks(): Promise<void> {
    const isClean = await eventually(
      () => leaksOf(this.#runtime.metrics()).length === 0,
      SETTLE_MS,
    );
    if (!isClean) throw new Error(`leaves ${leaksOf(this.#runtime.metrics()).join(", ")}`);
  }

  async close(): Promise<void> {
    await this.#runtime.shutdown({ deadlineMs: SETTLE_MS });
  }
}

async function runLane(program: LaneProgram, trace: string[]): Promise<void> {
  const lane = await Lane.open();
  for (const step of program) {
    const [name, ...numbers] = step;
    const command = COMMANDS.get(name);
    if (command === undefined) throw new TypeError(`There is no command "${name}"`);
    const place = trace.push(`${step.join(" ")}: begun`) - 1;
    try {
      trace[place] = `${step.join(" ")}: ${String(await command.run(lane, ...numbers))}`;
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      throw new Error(`${step.join(" ")}: ${error.message}`, { cause: error });
    }
  }
  trace.push(`at the end: ${await lane.close()}`);
}
