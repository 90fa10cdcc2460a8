import {
  type Block,
  type Descriptor,
  noteBytesWritten,
  OperationWait,
  type Runtime,
  type WaitOptions,
} from "@bascule/core";
import {
  ECANCELED,
  EMSGSIZE,
  encodeMessage,
  type InternetAddress,
  MESSAGE_HEADER_BYTES,
  sendMessage,
} from "@bascule/sys";
import { closedError, socketError } from "./errors.ts";

/** Where the bytes begin in a block that has room for them behind the header. */
const DATA_AT: number = Math.ceil(MESSAGE_HEADER_BYTES / 8) * 8;

/** The sending half of a datagram socket: each datagram is an operation of its own. */
export class DatagramOutbox {
  /** Told when no send is in flight any more: for closing. */
  onDrained: (() => void) | null = null;
  readonly #runtime: Runtime;
  readonly #descriptor: Descriptor;
  #inFlight: number = 0;

  constructor(runtime: Runtime, descriptor: Descriptor) {
    this.#runtime = runtime;
    this.#descriptor = descriptor;
  }

  get isEmpty(): boolean {
    return this.#inFlight === 0;
  }

  /**
   * Copies a datagram into send memory and hands it to the kernel; resolves when that has taken it.
   * @param about the address that errors name
   */
  async send(
    bytes: Uint8Array,
    to: InternetAddress | null,
    about: InternetAddress,
    options: WaitOptions | undefined,
  ): Promise<void> {
    const { sendPool } = this.#runtime.driver;
    // No system has so long a datagram, and no block has the room.
    if (bytes.byteLength > sendPool.largeBytes) throw this.#failed(-EMSGSIZE, about);
    const header = sendPool.take(MESSAGE_HEADER_BYTES);
    const fits = bytes.byteLength <= header.byteLength - DATA_AT;
    const data = fits ? header : sendPool.take(bytes.byteLength);
    const give = (): void => {
      sendPool.give(header);
      if (data !== header) sendPool.give(data);
    };
    let isLent = false;
    try {
      const at = fits ? DATA_AT : 0;
      data.bytes.set(bytes, at);
      encodeMessage(header, data.address + at, bytes.byteLength, to);
      // Only now: a wait that is made and not awaited would reject unheard at the shutdown.
      const wait = new OperationWait(this.#runtime, options);
      isLent = this.#submit(wait, header, data, give);
      const result = await this.#resultOf(wait);
      if (result < 0) throw this.#failed(result, about);
    } finally {
      if (!isLent) give();
    }
  }

  /** @returns false when the wait has been aborted already */
  #submit(wait: OperationWait, header: Block, data: Block, give: () => void): boolean {
    const operation = wait.prepare(sendMessage, this.#descriptor);
    if (operation === null) return false;
    operation.address = data.address;
    operation.offset = header.address;
    this.#inFlight++;
    wait.release = () => {
      give();
      this.#inFlight--;
      if (this.#inFlight === 0) this.onDrained?.();
    };
    wait.submit(operation);
    return true;
  }

  /** An abort that came too late says that the datagram has gone out. */
  async #resultOf(wait: OperationWait): Promise<number> {
    let bytesWritten = 0;
    wait.discard = (result) => (bytesWritten = result);
    try {
      return await wait.promise;
    } catch (reason) {
      noteBytesWritten(reason, bytesWritten);
      throw reason;
    }
  }

  #failed(result: number, about: InternetAddress): Error {
    if (result === -ECANCELED && this.#descriptor.closing) {
      return closedError("send from");
    }
    return socketError(this.#runtime, sendMessage.name, result, about);
  }
}
