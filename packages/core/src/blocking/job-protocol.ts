import type { MessagePort } from "node:worker_threads";
import type { CarriedError } from "./carried-error.ts";

/** Words that a worker and its owner share: results posted, what the worker is, how it ended. */
export const POSTED = 0;
export const STATE = 1;
export const EXIT = 2;
export const WORDS = 3;

/** States of a worker. Only its owner makes it busy or idle again; idle, it may end by itself. */
export const BUSY = 0;
export const IDLE = 1;
export const ENDED = 2;

/** In {@link EXIT}: the worker's JavaScript goes on. Otherwise it is the exit code plus one. */
export const ALIVE = 0;

/** What a worker is started with. */
export interface WorkerSetup {
  readonly port: MessagePort;
  readonly words: Int32Array;
  /** How it unparks its owner's driver. */
  readonly unpark: { readonly module: string; readonly data: unknown };
  readonly idleMs: number;
}

/** Where a worker finds a function. */
export interface FunctionAddress {
  /** What `import()` takes on any thread. */
  readonly module: string;
  readonly exportName: string;
}

/** A job as it goes to a worker; null asks the worker to end. */
export type JobRequest =
  | (FunctionAddress & {
      readonly args: readonly unknown[];
      /** The buffers that have moved here with the arguments. */
      readonly transfer: readonly ArrayBuffer[];
    })
  | null;

/** What comes back. After a failure the moved buffers that are left come back by themselves. */
export type JobReply =
  | { readonly kind: "result"; readonly value: unknown }
  | {
      readonly kind: "failure";
      readonly error: CarriedError;
      readonly buffers: readonly ArrayBuffer[];
    }
  /** Something beside the job failed, and takes the worker with it. */
  | { readonly kind: "death"; readonly error: CarriedError };
