import type { Block, Descriptor, Driver, SilentSender } from "@bascule/core";

/** Sends silently, and records what it is told. Blocks that come back go to the pool. */
export class SilentRecorder implements SilentSender {
  /** Of each send that did not go out whole: how many of its bytes did, or `-errno`. */
  readonly results: number[] = [];
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** @returns whether the driver took it on */
  send(descriptor: Descriptor, bytes: Uint8Array): boolean {
    const { sendPool } = this.#driver;
    const block = sendPool.take(bytes.byteLength);
    block.bytes.set(bytes);
    const taken = this.#driver.sendSilently?.(this, descriptor.fd, block, 0, bytes.byteLength);
    if (taken !== true) sendPool.give(block);
    return taken === true;
  }

  onUnsent(block: Block, _start: number, _end: number, result: number): void {
    this.results.push(result);
    this.#driver.sendPool.give(block);
  }
}
