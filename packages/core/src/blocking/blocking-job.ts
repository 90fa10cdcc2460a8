import type { FunctionAddress } from "./job-protocol.ts";
import type { InLine } from "../line.ts";

/** Arguments that belong to a job, and the buffers in them that move on with it. */
export interface HeldArguments {
  readonly args: readonly unknown[];
  readonly transfer: readonly ArrayBuffer[];
}

const NO_ARGUMENTS: HeldArguments = { args: [], transfer: [] };

/** Told of a job's end; runs no user code. */
export interface JobWaiter {
  /** The result is there. */
  wake(): void;
  fail(error: unknown): void;
}

/** A call of a function on another thread: in line, running, or over. */
export class BlockingJob implements InLine {
  readonly address: FunctionAddress;
  /** Who waits for the end. */
  waiter: JobWaiter | null = null;
  /** Linked while in line. */
  previousInLine: InLine | null = null;
  nextInLine: InLine | null = null;
  isInLine: boolean = false;
  #held: HeldArguments;
  #left: readonly ArrayBuffer[];
  /** Whether {@link value} is the result. */
  isDone: boolean = false;
  value: unknown = undefined;

  /** @param held what `structuredClone` made: nobody else has it */
  constructor(address: FunctionAddress, held: HeldArguments) {
    this.address = address;
    this.#held = held;
    this.#left = held.transfer;
  }

  /** For messages: `hash.ts#sha256`. */
  get name(): string {
    const { module, exportName } = this.address;
    return `${module.slice(module.lastIndexOf("/") + 1)}#${exportName}`;
  }

  /** Buffers that the caller gave away and that no result carries back. */
  get left(): readonly ArrayBuffer[] {
    return this.#left;
  }

  /** The arguments, which go to the worker. */
  takeArguments(): HeldArguments {
    const held = this.#held;
    this.#held = NO_ARGUMENTS;
    this.#left = [];
    return held;
  }

  succeed(value: unknown): void {
    this.isDone = true;
    this.value = value;
    this.waiter?.wake();
  }

  /** @param left buffers that came back without a result */
  fail(error: unknown, left: readonly ArrayBuffer[]): void {
    this.#left = left;
    this.waiter?.fail(error);
  }
}
