import {
  type Block,
  type Descriptor,
  type Driver,
  type Operation,
  RuntimeObserver,
  type SilentSender,
} from "@bascule/core";
import { EPIPE, SHUT_WR, shutdownSocket } from "@bascule/sys";
import type { DriverBench } from "./driver-bench.ts";

/** Sends silently, and records what it is told. Blocks that come back go to the pool. */
export class SilentRecorder implements SilentSender {
  /** Of each send that did not go out whole: how many of its bytes did, or `-errno`. */
  readonly results: number[] = [];
  readonly fd: number;
  readonly #driver: Driver;

  constructor(driver: Driver, { fd }: Descriptor) {
    this.#driver = driver;
    this.fd = fd;
  }

  /** @returns whether the driver took it on */
  send(bytes: Uint8Array): boolean {
    const { sendPool } = this.#driver;
    const block = sendPool.take(bytes.byteLength);
    block.bytes.set(bytes);
    const taken = this.#driver.sendSilently?.(this, block, 0, bytes.byteLength);
    if (taken !== true) sendPool.give(block);
    return taken === true;
  }

  onUnsent(block: Block, _start: number, _end: number, result: number): void {
    this.results.push(result);
    this.#driver.sendPool.give(block);
  }
}

/** What an observer is shown, and should be, of a silent send that goes out and one that cannot. */
export function shownSilentSends<D extends Driver>(
  bench: DriverBench<D>,
): { shown: readonly string[]; expected: readonly string[] } {
  const { driver } = bench;
  const observer = new EndObserver();
  const [whole, none] = [bench.pair().ours, bench.pair().ours];
  shutdownSocket(none.fd, SHUT_WR);
  driver.ledger.observer = observer;
  for (const each of [whole, none]) new SilentRecorder(driver, each).send(Buffer.from("hello"));
  driver.turn(0);
  driver.ledger.observer = null;
  return {
    shown: observer.ends,
    expected: [`send ${whole.fd} 5`, `send ${none.fd} ${-EPIPE}`],
  };
}

/** Notes of each operation that it hears the end of: name, descriptor and result. */
class EndObserver extends RuntimeObserver {
  readonly ends: string[] = [];
  readonly #open: Set<string> = new Set();

  override operationSubmitted({ slot, generation }: Operation): void {
    this.#open.add(`${slot}.${generation}`);
  }

  override operationCompleted(operation: Operation, result: number): void {
    const { slot, generation, kind, descriptor } = operation;
    if (!this.#open.delete(`${slot}.${generation}`)) throw new Error("an end without a beginning");
    this.ends.push(`${kind?.name} ${descriptor?.fd} ${result}`);
  }
}
