import type { CompletionListener, Driver, Operation } from "@bascule/core";

/** One completion, with the bytes that came in a buffer of the pool copied out. */
export interface Completion {
  readonly result: number;
  readonly more: boolean;
  readonly bytes: Uint8Array | null;
}

/** Records what completes; buffers go back at once unless they are to be held. */
export class Recorder implements CompletionListener {
  readonly completions: Completion[] = [];
  readonly held: number[] = [];
  /** Called for each completion, after it was recorded. */
  onEach: ((completion: Completion, operation: Operation) => void) | null = null;
  readonly #driver: Driver;
  readonly #holds: boolean;

  constructor(driver: Driver, holds: boolean = false) {
    this.#driver = driver;
    this.#holds = holds;
  }

  onCompletion(operation: Operation, result: number, more: boolean, bufferId: number): void {
    let bytes: Uint8Array | null = null;
    if (bufferId >= 0) {
      const pool = this.#driver.receivePool;
      const at = bufferId * pool.bufferSize;
      bytes = pool.bytes.slice(at, at + result);
      if (this.#holds) this.held.push(bufferId);
      else pool.release(bufferId);
    }
    const completion = { result, more, bytes };
    this.completions.push(completion);
    this.onEach?.(completion, operation);
  }

  get results(): number[] {
    return this.completions.map((each) => each.result);
  }

  get finals(): number {
    return this.completions.filter((each) => !each.more).length;
  }

  get text(): string {
    const chunks = this.completions.map((each) => each.bytes ?? new Uint8Array(0));
    return Buffer.concat(chunks).toString("latin1");
  }

  get byteCount(): number {
    return this.completions.reduce((sum, each) => sum + (each.bytes?.length ?? 0), 0);
  }

  releaseOne(): void {
    const bufferId = this.held.shift();
    if (bufferId === undefined) throw new Error("No buffer is held");
    this.#driver.receivePool.release(bufferId);
  }
}
