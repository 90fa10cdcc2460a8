import { Descriptor, NO_BUFFER, type CompletionListener, type Operation } from "@bascule/core";
import {
  AF_INET,
  connect,
  createSocket,
  IPPROTO_TCP,
  recv,
  send,
  setSocketOption,
  SOCK_STREAM,
  systemError,
  TCP_NODELAY,
} from "@bascule/sys";
import type { LoadLoop } from "./load-loop.ts";

/**
 * One client connection, straight on the driver contract: no task, no promise and no copy per
 * message, because the load must never be the slower side. What arrives is handed to the loop,
 * which processes it before the driver's next turn.
 */
export class LoadSocket implements CompletionListener {
  readonly loop: LoadLoop;
  readonly index: number;
  readonly #descriptor: Descriptor;
  #sendAddress: number = 0;
  #sendLength: number = 0;
  #closing: boolean = false;

  constructor(loop: LoadLoop, index: number) {
    this.loop = loop;
    this.index = index;
    const fd = createSocket(AF_INET, SOCK_STREAM);
    if (fd < 0) throw systemError("socket", fd);
    setSocketOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    this.#descriptor = new Descriptor(fd);
  }

  /** Connects and starts to receive. */
  connect(): void {
    const { ledger } = this.loop.runtime.driver;
    const operation = ledger.prepare(connect, this.#descriptor, this);
    operation.address = this.loop.serverAddress.address;
    operation.length = this.loop.serverAddressLength;
    this.loop.runtime.submit(operation);
  }

  /** Whether the last send has not left whole. */
  get isSending(): boolean {
    return this.#sendLength > 0;
  }

  /** Sends memory that stays mapped. One send at a time. */
  send(address: number, length: number): void {
    if (this.isSending) throw new Error(`Connection ${this.index} is still sending`);
    this.#sendRest(address, length);
  }

  #sendRest(address: number, length: number): void {
    const operation = this.loop.runtime.driver.ledger.prepare(send, this.#descriptor, this);
    this.#sendAddress = address;
    this.#sendLength = length;
    operation.address = address;
    operation.length = length;
    this.loop.runtime.submit(operation);
  }

  /** Closes the connection; what still arrives is dropped. Harmless the second time. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.loop.runtime.driver.ledger.close(this.#descriptor);
    this.loop.runtime.schedule();
  }

  onCompletion(operation: Operation, result: number, more: boolean, bufferId: number): void {
    if (bufferId !== NO_BUFFER && (this.#closing || result <= 0)) {
      this.loop.pool.release(bufferId);
    }
    if (this.#closing) return;
    if (operation.kind === recv) this.#received(result, more, bufferId);
    else if (operation.kind === send) this.#sent(result);
    else this.#connected(result);
  }

  #received(result: number, more: boolean, bufferId: number): void {
    if (result > 0) this.loop.arrived(this, bufferId, result);
    if (more) return;
    if (result < 0) this.loop.fail(systemError("recv", result));
    else this.loop.fail(new Error(`The server closed connection ${this.index}`));
  }

  #sent(result: number): void {
    if (result < 0) {
      this.loop.fail(systemError("send", result));
      return;
    }
    const rest = this.#sendLength - result;
    if (rest > 0) this.#sendRest(this.#sendAddress + result, rest);
    else this.#sendLength = 0;
  }

  #connected(result: number): void {
    if (result < 0) {
      this.loop.fail(systemError("connect", result));
      return;
    }
    const { ledger } = this.loop.runtime.driver;
    this.loop.runtime.submit(ledger.prepare(recv, this.#descriptor, this));
    this.loop.connected();
  }
}
