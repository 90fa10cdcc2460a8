import {
  BlockPool,
  type Capability,
  type Descriptor,
  type Driver,
  type DriverCounters,
  type HostWatcher,
  type Mapping,
  NO_BUFFER,
  type Operation,
  OperationLedger,
  type ReceivePool,
  type RemoteUnpark,
  Runtime,
  type RuntimeOptions,
} from "../src/index.ts";

interface Completion {
  readonly operation: Operation;
  readonly result: number;
  readonly more: boolean;
  readonly bufferId: number;
}

/**
 * A driver without a kernel: what is submitted waits until the test completes it, and everything
 * the core asked for is on record. Time is real, because the core's timers read the monotonic
 * clock.
 */
export class FakeDriver implements Driver {
  readonly name: string = "fake";
  readonly capabilities: readonly Capability[] = [];
  readonly counters: DriverCounters = { turns: 0, systemCalls: 0, waits: 0, starvedReceives: 0 };
  readonly ledger: OperationLedger = new OperationLedger(this);
  readonly receivePool: ReceivePool = noReceivePool();
  readonly sendPool: BlockPool = new BlockPool(fakeMapping);
  readonly hostFd: number = -1;
  readonly wakeFd: number = -1;
  readonly submitted: Operation[] = [];
  readonly cancelled: Operation[] = [];
  readonly closedFds: number[] = [];
  /** What `destroy` was told; null while the driver lives. */
  destroyed: { leak: boolean } | null = null;
  /** Whether a cancel is answered with -ECANCELED in the next turn, as a kernel would. */
  cancelsAtOnce: boolean = true;
  readonly #completions: Completion[] = [];
  #onReadable: (() => void) | null = null;
  #referenced: boolean = false;
  #alarm: ReturnType<typeof setTimeout> | null = null;
  #unparked: boolean = false;
  /** What other threads add to; a blocking turn waits on it. */
  readonly #remoteWord: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  #remoteSeen: number = 0;

  /** Queues a completion; the next turn delivers it. */
  complete(
    operation: Operation,
    result: number,
    more: boolean = false,
    bufferId: number = NO_BUFFER,
  ): void {
    this.#completions.push({ operation, result, more, bufferId });
    this.unpark();
  }

  submit(operation: Operation): void {
    this.submitted.push(operation);
  }

  cancel(operation: Operation): void {
    this.cancelled.push(operation);
    if (this.cancelsAtOnce) this.complete(operation, -125);
  }

  turn(timeoutMs: number): number {
    this.counters.turns++;
    if (timeoutMs > 0 && !this.mayProgress()) this.#block(timeoutMs);
    const batch = this.#completions.splice(0);
    for (const { operation, result, more, bufferId } of batch) {
      this.ledger.deliver(operation, result, more, bufferId);
    }
    const woken = this.#isUnparked && batch.length === 0 ? 1 : 0;
    this.#unparked = false;
    this.#remoteSeen = Atomics.load(this.#remoteWord, 0);
    return batch.length + woken;
  }

  mayProgress(): boolean {
    return this.#completions.length > 0 || this.#isUnparked;
  }

  get #isUnparked(): boolean {
    return this.#unparked || Atomics.load(this.#remoteWord, 0) !== this.#remoteSeen;
  }

  park(deadlineMs: number): boolean {
    if (this.mayProgress()) return false;
    if (deadlineMs < Number.POSITIVE_INFINITY) this.#ring(deadlineMs - performance.now());
    return true;
  }

  awake(): void {
    if (this.#alarm !== null) clearTimeout(this.#alarm);
    this.#alarm = null;
  }

  unpark(): void {
    this.#unparked = true;
    if (this.#onReadable !== null) this.#ring(0);
  }

  closeDescriptor(descriptor: Descriptor): void {
    this.closedFds.push(descriptor.fd);
  }

  watchWithThread(onReadable: () => void): HostWatcher {
    this.#onReadable = onReadable;
    return {
      ref: () => this.#setReferenced(true),
      unref: () => this.#setReferenced(false),
      close: () => this.awake(),
    };
  }

  remoteUnpark(): RemoteUnpark {
    let isOpen = true;
    const listen = (): void => {
      if (!isOpen) return;
      if (this.#isUnparked) this.#onReadable?.();
      const seen = Atomics.load(this.#remoteWord, 0);
      const { value } = Atomics.waitAsync(this.#remoteWord, 0, seen);
      void Promise.resolve(value).then(listen);
    };
    listen();
    return {
      module: new URL("./fake-unpark.ts", import.meta.url).href,
      data: this.#remoteWord,
      close: () => {
        isOpen = false;
        Atomics.notify(this.#remoteWord, 0);
      },
    };
  }

  destroy(options: { leak: boolean }): void {
    this.destroyed = options;
    this.awake();
    if (!options.leak) this.sendPool.destroy();
  }

  #ring(afterMs: number): void {
    this.awake();
    this.#alarm = setTimeout(() => this.#onReadable?.(), Math.max(0, afterMs));
    if (!this.#referenced) this.#alarm.unref();
  }

  #setReferenced(referenced: boolean): void {
    this.#referenced = referenced;
    if (referenced) this.#alarm?.ref();
    else this.#alarm?.unref();
  }

  #block(timeoutMs: number): void {
    this.counters.waits++;
    if (timeoutMs === Number.POSITIVE_INFINITY)
      throw new Error("The fake driver would wait for ever");
    Atomics.wait(this.#remoteWord, 0, this.#remoteSeen, timeoutMs);
  }
}

/** A runtime on a fake driver, which `await using` shuts down. */
export class FakeRuntime implements AsyncDisposable {
  readonly driver: FakeDriver = new FakeDriver();
  readonly runtime: Runtime;

  constructor(options: RuntimeOptions = {}) {
    this.runtime = Runtime.create({ ...options, driver: this.driver, watchWithThread: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.runtime.shutdown({ deadlineMs: 1000 });
  }
}

/** Memory that only looks mapped: nothing here hands an address to a kernel. */
export function fakeMapping(byteLength: number): Mapping {
  const bytes = new Uint8Array(new ArrayBuffer(byteLength));
  return { bytes, address: 4096, unmap: () => undefined };
}

function noReceivePool(): ReceivePool {
  return {
    bytes: new Uint8Array(0),
    bufferSize: 0,
    count: 0,
    free: 0,
    reserve: 0,
    release: (bufferId) => {
      throw new Error(`Buffer ${bufferId} is released to a pool that has none`);
    },
  };
}
