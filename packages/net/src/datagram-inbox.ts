import {
  type Block,
  type CompletionListener,
  type Descriptor,
  type Operation,
  PENDING,
  type Runtime,
  type Wait,
} from "@bascule/core";
import {
  ECANCELED,
  encodeMessageRoom,
  type InternetAddress,
  MESSAGE_HEADER_BYTES,
  messageSender,
  receiveMessage,
} from "@bascule/sys";
import { socketError } from "./errors.ts";
import { InboxWait } from "./read-waits.ts";
import { WaitList } from "./wait-list.ts";

/** What one UDP packet brought, and the address of who sent it. */
export interface Datagram extends InternetAddress {
  /** All of it, an array of the program's own; empty for an empty datagram. */
  readonly data: Uint8Array;
}

/** Unread bytes at which receiving stops until something is taken. */
const HIGH_BYTES = 64 * 1024;
/** What a datagram counts beside its bytes, so that empty ones are bounded as well. */
const DATAGRAM_BYTES = 256;

/** Memory that the kernel fills: what describes a datagram, and the datagram. */
interface Room {
  readonly header: Block;
  readonly data: Block;
}

/**
 * The receiving half of a datagram socket. It has one receive in flight as long as there is room,
 * from the first wait on: datagrams belong to the socket, not to whoever waits, so a wait that is
 * aborted or loses a race leaves every one here for the next. Of a socket that nobody reads the
 * kernel's own buffer fills up, and drops what comes then.
 *
 * The room for a datagram is as large as one may be, so none is ever cut, and rented only while a
 * receive is in flight.
 */
export class DatagramInbox extends WaitList<Wait<unknown>> implements CompletionListener {
  readonly #runtime: Runtime;
  readonly #descriptor: Descriptor;
  /** Datagrams, and negative errnos that the kernel told instead of one, as they came. */
  readonly #arrived: (Datagram | number)[] = [];
  #byteLength: number = 0;
  #operation: Operation | null = null;
  #room: Room | null = null;
  #isReceiving: boolean = false;
  #isReferenced: boolean = true;
  /** Why nothing will come any more: this side closed. */
  #failure: unknown = null;

  constructor(runtime: Runtime, descriptor: Descriptor) {
    super();
    this.#runtime = runtime;
    this.#descriptor = descriptor;
  }

  /** For diagnosis. */
  get fd(): number {
    return this.#descriptor.fd;
  }

  /** Whether {@link take} would give a datagram. */
  get hasDatagram(): boolean {
    return typeof this.#arrived[0] === "object";
  }

  get isReady(): boolean {
    return this.#arrived.length > 0 || this.#failure !== null;
  }

  /** Starts receiving, unless that is under way, there is no room, or a failure is to be told. */
  arm(): void {
    if (this.#isReceiving || this.#failure !== null || this.#descriptor.closing) return;
    if (this.#byteLength >= HIGH_BYTES || typeof this.#arrived.at(-1) === "number") return;
    this.#room ??= this.#rent();
    const { header, data } = this.#room;
    encodeMessageRoom(header, data.address, data.byteLength);
    const { ledger } = this.#runtime.driver;
    const operation = (this.#operation ??= ledger.reserve(receiveMessage, this.#descriptor, this));
    operation.address = data.address;
    operation.offset = header.address;
    operation.referenced = this.#isReferenced;
    this.#isReceiving = true;
    this.#runtime.submit(operation);
  }

  setReferenced(referenced: boolean): void {
    this.#isReferenced = referenced;
    if (this.#isReceiving && this.#operation !== null) {
      this.#runtime.setReferenced(this.#operation, referenced);
    }
  }

  /** The next datagram, or PENDING. Throws what the kernel told instead, or why there is none. */
  take(): Datagram | typeof PENDING {
    if (this.#failure !== null) throw this.#failure;
    const first = this.#arrived.shift();
    if (first !== undefined && typeof first !== "number") this.#byteLength -= sizeOf(first);
    this.arm();
    if (typeof first === "number") throw socketError(this.#runtime, receiveMessage.name, first);
    return first ?? PENDING;
  }

  /** No datagram will be wanted any more: what waits fails, what has come is dropped. */
  close(reason: unknown): void {
    this.#failure ??= reason;
    this.#arrived.length = 0;
    this.#byteLength = 0;
    this.failWaits(reason);
  }

  onCompletion(_operation: Operation, result: number): void {
    this.#isReceiving = false;
    if (this.#failure === null) {
      if (result >= 0) this.#received(result);
      else if (result !== -ECANCELED) this.#arrived.push(result);
    }
    this.arm();
    if (!this.#isReceiving) this.#giveBack();
    if (this.isReady) this.firstWait?.wake();
  }

  #received(byteLength: number): void {
    if (this.#room === null) return;
    const { header, data } = this.#room;
    const { family, address, port } = messageSender(header) as InternetAddress;
    const datagram = { data: data.bytes.slice(0, byteLength), family, address, port };
    this.#arrived.push(datagram);
    this.#byteLength += sizeOf(datagram);
  }

  #rent(): Room {
    const { sendPool } = this.#runtime.driver;
    return {
      header: sendPool.take(MESSAGE_HEADER_BYTES),
      data: sendPool.take(sendPool.largeBytes),
    };
  }

  #giveBack(): void {
    const room = this.#room;
    if (room === null) return;
    this.#room = null;
    const { sendPool } = this.#runtime.driver;
    sendPool.give(room.header);
    sendPool.give(room.data);
  }
}

/** A wait for the next datagram. */
export class ReceiveWait extends InboxWait<Datagram, DatagramInbox> {
  protected override take(): Datagram | typeof PENDING {
    return this.inbox.take();
  }
}

function sizeOf({ data }: Datagram): number {
  return data.byteLength + DATAGRAM_BYTES;
}
