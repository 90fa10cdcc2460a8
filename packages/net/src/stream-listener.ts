import { Descriptor, type Resource, type Runtime, type WaitOptions } from "@bascule/core";
import type { SocketAddress } from "@bascule/sys";
import { AcceptQueue, AcceptWait } from "./accept-queue.ts";
import { CloseWait } from "./close-wait.ts";
import { SocketClosedError } from "./errors.ts";
import { untilClosed } from "./until-closed.ts";

/** What TCP and Unix listeners have in common. */
export abstract class StreamListener<S, A extends SocketAddress>
  implements AsyncIterable<S>, AsyncDisposable, Resource
{
  protected readonly runtime: Runtime;
  readonly #address: A;
  readonly #descriptor: Descriptor;
  readonly #queue: AcceptQueue;
  #isClosing: boolean = false;
  /** Why what belongs to the listener could not be cleaned up; null when it could. */
  #cleanUpFailure: unknown = null;
  readonly #make: (fd: number) => S = (fd) => this.makeStream(fd);

  /** @param fd a listening, non-blocking socket, which belongs to this object from now on */
  protected constructor(runtime: Runtime, fd: number, address: A) {
    this.runtime = runtime;
    this.#address = address;
    this.#descriptor = new Descriptor(fd);
    this.#descriptor.onClosed = () => this.#descriptorClosed();
    this.#queue = new AcceptQueue(runtime, this.#descriptor, address);
    runtime.register(this);
  }

  /** Where it listens; the port is the real one when 0 was asked. */
  get address(): A {
    return this.#address;
  }

  /** For snapshots and dumps of the runtime. */
  describe(): string {
    return `${this.#queue.place}, descriptor ${this.#descriptor.fd}`;
  }

  /** Whether `close` has been called. */
  get isClosed(): boolean {
    return this.#descriptor.closing;
  }

  /**
   * Waits for the next connection: accept4(2), multishot where the kernel has it. Abort rejects
   * with the reason; a connection that arrives meanwhile is the next call's. When the process runs
   * out of descriptors (`EMFILE`) it goes on waiting, warns once, and recovers by itself.
   * @throws (rejects) SocketClosedError after `close`, SystemError when the listener itself fails
   */
  accept(options?: WaitOptions): Promise<S> {
    return new AcceptWait<S>(this.#queue, this.#make, options).promise;
  }

  /** Stops listening. Pending accepts reject with SocketClosedError; accepted streams live on. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.destroy(new SocketClosedError("Cannot accept: the listener is closed"));
    if (!this.#descriptor.closed) await new CloseWait(this.#descriptor).promise;
    if (this.#cleanUpFailure !== null) throw this.#cleanUpFailure;
  }

  /** Lets go without waiting. For the runtime's shutdown. */
  destroy(reason: unknown): void {
    this.#queue.close(reason);
    this.runtime.driver.ledger.close(this.#descriptor);
    this.runtime.schedule();
  }

  /** The listener keeps the process alive while it accepts (the default). */
  ref(): this {
    this.#queue.setReferenced(true);
    return this;
  }

  /** The listener alone does not keep the process alive. */
  unref(): this {
    this.#queue.setReferenced(false);
    return this;
  }

  /** Connections until the listener is closed, by whomever. */
  [Symbol.asyncIterator](): AsyncIterableIterator<S, undefined> {
    return untilClosed(this, () => this.accept());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected abstract makeStream(fd: number): S;

  /** The descriptor has gone back to the kernel: removes what else belongs to the listener. */
  protected cleanUp(): void {}

  /** Must not throw: the driver is in the midst of its turn. */
  #descriptorClosed(): void {
    this.runtime.unregister(this);
    try {
      this.cleanUp();
    } catch (error) {
      this.#cleanUpFailure = error;
      // At a shutdown nobody closes the listener who could be told.
      if (!this.#isClosing) process.emitWarning(`Listener ${this.#queue.place}: ${String(error)}`);
    }
  }
}
