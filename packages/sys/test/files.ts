import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import {
  BlockingCalls,
  blockingPool,
  type CallFrame,
  closeDescriptor,
  createEventfd,
  type MappedMemory,
  NO_OPCODE,
  type OperationFrame,
  type OperationKind,
  poll,
  POLLIN,
} from "../src/index.ts";
import { ringProblem, TestRing } from "./ring.ts";
import { frameOf, type Resources } from "./sockets.ts";

const LIMIT_MS = 10_000;

/**
 * Waits until the threads of the pool have ended, and with them descriptors of their own: for the
 * end of a file of tests, since the next one may count descriptors.
 */
export async function threadsEnd(): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (blockingPool().threads > 0) {
    if (performance.now() > deadline) throw new Error("The threads of the pool do not end");
    await new Promise(setImmediate);
  }
}

/** A way to carry an operation out, whatever it waits for. */
export interface Form extends Disposable {
  perform(kind: OperationKind, fields: Partial<OperationFrame>): number;
}

/** By a thread of the blocking pool. */
export class ThreadForm implements Form {
  readonly wakeFd: number = createEventfd();
  readonly calls: BlockingCalls<TestCall> = new BlockingCalls<TestCall>(this.wakeFd);

  start(kind: OperationKind, fields: Partial<OperationFrame>): TestCall {
    const call: TestCall = { ...frameOf(fields), kind, driverState: 0, result: null };
    this.calls.start(call);
    return call;
  }

  /** Waits until a call is over, without turning anything else. */
  wait(call: TestCall): number {
    const deadline = performance.now() + LIMIT_MS;
    while (call.result === null) {
      this.calls.reap(SINK);
      if (performance.now() > deadline) throw new Error("No thread made the call in time");
    }
    return call.result;
  }

  perform(kind: OperationKind, fields: Partial<OperationFrame>): number {
    return this.wait(this.start(kind, fields));
  }

  /** Whether the pool has written to the wake-up descriptor. */
  get isWoken(): boolean {
    return poll.attempt(frameOf({ fd: this.wakeFd, flags: POLLIN })) === POLLIN;
  }

  [Symbol.dispose](): void {
    this.calls.close();
    closeDescriptor(this.wakeFd);
  }
}

/** A call that remembers its result. */
export interface TestCall extends CallFrame {
  result: number | null;
}

export const SINK = {
  onCall(call: TestCall, result: number): void {
    call.result = result;
  },
};

/** By a real ring; what the ring has no operation for goes to a thread, as in the driver. */
class RingForm implements Form {
  readonly #ring: TestRing = new TestRing();
  readonly #threads: ThreadForm = new ThreadForm();

  perform(kind: OperationKind, fields: Partial<OperationFrame>): number {
    if (kind.opcode === NO_OPCODE) return this.#threads.perform(kind, fields);
    this.#ring.submit(kind, frameOf(fields), 1);
    return this.#ring.next().result;
  }

  [Symbol.dispose](): void {
    this.#threads[Symbol.dispose]();
    this.#ring[Symbol.dispose]();
  }
}

/** The ways that this machine has. */
export const FORMS: readonly { readonly title: string; make(): Form }[] = [
  { title: "by a thread", make: () => new ThreadForm() },
  ...(ringProblem() === null ? [{ title: "by the ring", make: () => new RingForm() }] : []),
];

/** Memory with paths and structures in it, and a folder of its own that is removed at the end. */
export class Workplace implements Disposable {
  readonly folder: string = mkdtempSync(`${tmpdir()}/bascule-sys-`);
  readonly memory: MappedMemory;
  #used: number = 0;

  constructor(resources: Resources, byteLength: number = 65536) {
    this.memory = resources.memory(byteLength);
  }

  /** The address of a path below the folder, or of any text with `absolute`. */
  path(name: string, absolute: boolean = false): number {
    const text = Buffer.from(`${absolute ? name : `${this.folder}/${name}`}\0`);
    const at = this.take(text.length);
    this.memory.bytes.set(text, at - this.memory.address);
    return at;
  }

  /** The address of some bytes of the memory that nothing else uses. */
  take(byteLength: number): number {
    const at = this.#used;
    this.#used += Math.ceil(byteLength / 8) * 8;
    if (this.#used > this.memory.byteLength) throw new Error("The test needs more memory");
    return this.memory.address + at;
  }

  /** What is at an address. */
  bytes(address: number, byteLength: number): Uint8Array {
    const at = address - this.memory.address;
    return this.memory.bytes.subarray(at, at + byteLength);
  }

  text(address: number, byteLength: number): string {
    return Buffer.from(this.bytes(address, byteLength)).toString();
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
