import type { EncodeCall, OperationFrame } from "../operations/operation-kind.ts";
import { type BlockingPool, blockingPool, type PoolClient } from "./blocking-pool.ts";
import { CALL_NUMBERS } from "./shared-jobs.ts";

/** Threads of the pool when nothing is said: as many as Node has. */
export const BLOCKING_THREADS_DEFAULT = 4;

/** From this `driverState` on an operation is with the pool; smaller ones are the driver's own. */
export const IN_POOL = 16;
const IN_LINE: number = IN_POOL;
const FIRST_JOB: number = IN_POOL + 1;

/** An operation, as the pool sees it. */
export interface CallFrame extends OperationFrame {
  readonly kind: { readonly encodeCall: EncodeCall | null } | null;
  /** Where the operation is, for whoever has it. */
  driverState: number;
}

/** Takes the results of calls. */
export interface CallSink<Frame> {
  /**
   * A call is over; the memory it was given is free again.
   * @param result `>= 0`, or `-errno`
   */
  onCall(frame: Frame, result: number): void;
}

/**
 * A driver's share of the blocking pool: system calls that may wait, made by threads. A frame, and
 * through it the memory of its call, stays reachable until the call is over.
 */
export class BlockingCalls<Frame extends CallFrame> implements PoolClient {
  readonly #wakeFd: number;
  readonly #threadsMax: number;
  /** By job; null where the call was cancelled. */
  readonly #frames: (Frame | null)[] = [];
  /** Jobs of the pool that are ours. */
  #jobCount: number = 0;
  /** Calls that found the pool full, in their order. */
  #line: Frame[] = [];
  /** Calls that are over, and their results, until the next {@link reap}. */
  #overFrames: Frame[] = [];
  #overResults: number[] = [];
  /** Present from the first call on. */
  #pool: BlockingPool | null = null;
  #client: number = -1;
  readonly #call: Float64Array = new Float64Array(CALL_NUMBERS);

  /**
   * @param wakeFd a non-blocking descriptor; 8 bytes are written to it, from another thread, when
   *   calls are over. It must stay open until `close`.
   */
  constructor(wakeFd: number, threadsMax: number = BLOCKING_THREADS_DEFAULT) {
    this.#wakeFd = wakeFd;
    this.#threadsMax = threadsMax;
  }

  /** Whether {@link reap} would find something to do. */
  get hasWork(): boolean {
    const pool = this.#pool;
    if (pool === null) return false;
    if (this.#overFrames.length !== 0 || pool.mustLook(this.#client)) return true;
    return this.#line.length !== 0 && pool.hasFreeJob;
  }

  /** Gives a call to the pool, or puts it in line for it. */
  start(frame: Frame): void {
    const pool = this.#pool ?? this.#join();
    if (this.#line.length === 0 && this.#startNow(pool, frame)) return;
    frame.driverState = IN_LINE;
    this.#line.push(frame);
    if (this.#jobCount === 0) pool.hunger(this.#client);
  }

  /**
   * Takes a call back that no thread has begun. Returns true when that worked: the call will not be
   * made, and the sink does not hear of it. Otherwise it completes with its own result.
   */
  cancel(frame: Frame): boolean {
    const { driverState } = frame;
    if (driverState === IN_LINE) {
      const index = this.#line.indexOf(frame);
      if (index >= 0) this.#line.splice(index, 1);
      return index >= 0;
    }
    const job = driverState - FIRST_JOB;
    const pool = this.#pool;
    if (pool === null || this.#frames[job] !== frame || !pool.cancel(job)) return false;
    this.#frames[job] = null;
    this.#jobCount--;
    return true;
  }

  /** Hands over the calls that are over. Returns how many there were. */
  reap(sink: CallSink<Frame>): number {
    const pool = this.#pool;
    if (pool === null) return 0;
    pool.reap(this.#client);
    const frames = this.#overFrames;
    const results = this.#overResults;
    const count = frames.length;
    if (count !== 0) {
      this.#overFrames = [];
      this.#overResults = [];
    }
    // Those in line come before what the sink starts.
    if (this.#line.length !== 0) this.#advanceLine(pool);
    for (let index = 0; index < count; index++) sink.onCall(frames[index]!, results[index]!);
    return count;
  }

  onJob(job: number, result: number): void {
    const frame = this.#frames[job];
    // Cancelled, perhaps by an earlier driver that had the same number in the pool.
    if (frame === null || frame === undefined) return;
    this.#frames[job] = null;
    this.#jobCount--;
    this.#overFrames.push(frame);
    this.#overResults.push(result);
  }

  /**
   * Leaves the pool; `wakeFd` may be closed. Calls that still run go on, and their frames stay
   * reachable for as long as they do.
   */
  close(): void {
    this.#pool?.leave(this.#client, this.#jobCount > 0);
    this.#pool = null;
  }

  #join(): BlockingPool {
    const pool = blockingPool();
    this.#client = pool.join(this, this.#wakeFd);
    this.#pool = pool;
    return pool;
  }

  #startNow(pool: BlockingPool, frame: Frame): boolean {
    const encodeCall = frame.kind?.encodeCall;
    if (encodeCall === null || encodeCall === undefined) {
      throw new TypeError("Cannot start a call: no thread can make it");
    }
    if (!pool.isServed) return this.#refuse(pool, frame);
    const job = pool.claim(this.#client);
    if (job < 0) return false;
    encodeCall(frame, this.#call);
    const start = pool.start(job, this.#call, this.#threadsMax);
    if (start === "full") return false;
    if (start === "unserved") return this.#refuse(pool, frame);
    // A thread may be done with it already: the result waits for the next reap.
    frame.driverState = FIRST_JOB + job;
    this.#frames[job] = frame;
    this.#jobCount++;
    return true;
  }

  /** As a call that needs a descriptor would, it says so, instead of waiting for ever. */
  #refuse(pool: BlockingPool, frame: Frame): true {
    frame.driverState = IN_LINE;
    this.#overFrames.push(frame);
    this.#overResults.push(pool.refusal);
    return true;
  }

  #advanceLine(pool: BlockingPool): void {
    const line = this.#line;
    let count = 0;
    while (count < line.length && this.#startNow(pool, line[count]!)) count++;
    if (count !== 0) this.#line = line.slice(count);
    // Other drivers have the whole pool, and nothing of ours will end.
    if (this.#line.length !== 0 && this.#jobCount === 0) pool.hunger(this.#client);
  }
}
