import { WOULD_BLOCK } from "@bascule/core";
import { ECONNRESET, EPIPE, ETIMEDOUT } from "../errno.ts";
import type { Lane, LaneOwner } from "./lane.ts";

/** Whoever holds an end of a connection: told when it may have become ready. */
export interface EndOwner {
  becameReadable(): void;
  becameWritable(): void;
}

/**
 * One end of a stream connection, with Linux's manners: what was received can be read after a
 * reset, an error is told once, closing with unread bytes resets.
 */
export class End implements LaneOwner {
  owner: EndOwner | null = null;
  readonly #lane: Lane;
  readonly #isUnix: boolean;
  readonly #capacity: number;
  #peer: End | null = null;
  readonly #chunks: Uint8Array[] = [];
  #unread: number = 0;
  /** How much may be sent before the peer reads. */
  #room: number;
  /** What was read and the peer does not know of yet. */
  #uncredited: number = 0;
  /** A send found no room. */
  #isStarved: boolean = false;
  /** The peer will send nothing more. */
  #isEnded: boolean = false;
  #readShut: boolean = false;
  #writeShut: boolean = false;
  /** The connection is over; nothing can be sent. */
  #isDead: boolean = false;
  #isClosed: boolean = false;
  /** Its host has crashed, and knows no such connection any more. */
  #hasVanished: boolean = false;
  /** An errno that the next call tells. */
  #error: number = 0;

  /** @param lane the way to the peer */
  constructor(lane: Lane, capacity: number, isUnix: boolean) {
    this.#lane = lane;
    this.#capacity = capacity;
    this.#room = capacity;
    this.#isUnix = isUnix;
    lane.owner = this;
  }

  /** Makes two ends the ends of one connection. */
  static join(one: End, other: End): void {
    one.#peer = other;
    other.#peer = one;
  }

  get isConnected(): boolean {
    return !this.#isDead && !this.#isClosed;
  }

  get isReadable(): boolean {
    return this.#unread > 0 || this.#isEnded || this.#isDead || this.#readShut || this.#error !== 0;
  }

  get isWritable(): boolean {
    return this.#room > 0 || this.#isDead || this.#writeShut || this.#error !== 0;
  }

  /** recv(2): the number of bytes, 0 at the end, `-errno`, WOULD_BLOCK. */
  receive(target: Uint8Array): number {
    if (this.#unread === 0) {
      if (this.#isEnded || this.#readShut) return 0;
      if (this.#error !== 0) return this.#takeError();
      return this.#isDead ? 0 : WOULD_BLOCK;
    }
    let filled = 0;
    while (filled < target.byteLength) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      const count = Math.min(chunk.byteLength, target.byteLength - filled);
      target.set(count === chunk.byteLength ? chunk : chunk.subarray(0, count), filled);
      filled += count;
      if (count === chunk.byteLength) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(count);
    }
    this.#unread -= filled;
    this.#credit(filled);
    return filled;
  }

  /** send(2): the number of bytes taken, `-errno`, WOULD_BLOCK. */
  send(bytes: Uint8Array): number {
    if (this.#error !== 0) return this.#takeError();
    if (this.#isDead || this.#writeShut) return -EPIPE;
    if (this.#room === 0) {
      this.#isStarved = true;
      this.#lane.watch();
      return WOULD_BLOCK;
    }
    const sent = bytes.slice(0, Math.min(this.#room, bytes.byteLength));
    this.#room -= sent.byteLength;
    const peer = this.#peer;
    this.#lane.send(sent.byteLength, () => peer?.arrive(sent));
    return sent.byteLength;
  }

  shutdownWrite(): void {
    if (this.#writeShut || this.#isDead) return;
    this.#writeShut = true;
    const peer = this.#peer;
    this.#lane.send(0, () => peer?.end());
  }

  shutdownRead(): void {
    this.#readShut = true;
    this.#drop();
  }

  /** close(2). With `resets`, or with unread bytes, the peer gets a reset instead of an end. */
  close(resets: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.owner = null;
    const isAbrupt = (resets && !this.#isUnix) || this.#unread > 0;
    this.#drop();
    const peer = this.#peer;
    if (this.#isDead || peer === null) return;
    if (isAbrupt) this.#lane.send(0, () => peer.reset());
    else if (this.#isUnix) peer.leave();
    else this.shutdownWrite();
  }

  /** The host has crashed: nobody is told. */
  vanish(): void {
    this.#isClosed = true;
    this.#hasVanished = true;
    this.owner = null;
    this.#drop();
  }

  /** The peer has agreed to a connection that nobody wants any more. */
  turnAway(): void {
    if (this.#hasVanished) this.#refuse();
    else this.close(true);
  }

  /** A fault: both sides find the connection reset. */
  break(): void {
    const peer = this.#peer;
    this.reset();
    this.#lane.send(0, () => peer?.reset());
  }

  expire(): void {
    this.#die(ETIMEDOUT);
  }

  /** Whoever waits for room asks for it again and again, and so learns that nobody answers. */
  wayWasCut(): void {
    const peer = this.#peer;
    if (peer === null || !this.#isStarved || !this.isConnected) return;
    this.#lane.send(0, () => {
      if (peer.#hasVanished) peer.#refuse();
      else if (this.#isStarved) this.#lane.watch();
    });
  }

  wayWasLost(): void {
    if (this.#peer !== null) this.#peer.#lane.lose();
  }

  /** Bytes came. */
  arrive(bytes: Uint8Array): void {
    if (this.#isClosed) {
      this.#refuse();
      return;
    }
    if (this.#isDead || this.#readShut) return;
    this.#chunks.push(bytes);
    this.#unread += bytes.byteLength;
    this.owner?.becameReadable();
  }

  /** The peer's side ended. */
  end(): void {
    if (this.#hasVanished) {
      this.#refuse();
      return;
    }
    this.#isEnded = true;
    this.owner?.becameReadable();
  }

  /** The peer closed a Unix socket: it can be read to the end, and not written to. */
  leave(): void {
    this.#isEnded = true;
    this.#die(0);
  }

  /** A reset came. Who had read to the end already learns of it by EPIPE. */
  reset(): void {
    if (!this.#isClosed) this.#die(this.#isEnded ? EPIPE : ECONNRESET);
  }

  /** The peer has read. */
  #addRoom(count: number): void {
    if (this.#hasVanished) {
      this.#refuse();
      return;
    }
    this.#room += count;
    if (!this.#isStarved) return;
    this.#isStarved = false;
    this.owner?.becameWritable();
  }

  #die(error: number): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#error = error;
    this.owner?.becameReadable();
    this.owner?.becameWritable();
  }

  #takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return -error;
  }

  /** Somebody sends to a socket that is not there any more. */
  #refuse(): void {
    const peer = this.#peer;
    if (peer === null) return;
    // What was refused counts as unanswered: it is sent again when the refusal is lost in a crash.
    const again = (): void => peer.#lane.send(0, () => this.#refuse());
    this.#lane.send(0, () => peer.reset(), again);
  }

  /** Tells the peer what was read, when that matters to it. */
  #credit(count: number): void {
    this.#uncredited += count;
    const peer = this.#peer;
    if (peer === null || (!peer.#isStarved && this.#uncredited * 2 < this.#capacity)) return;
    const credit = this.#uncredited;
    this.#uncredited = 0;
    this.#lane.credit(() => peer.#addRoom(credit));
  }

  #drop(): void {
    this.#chunks.length = 0;
    this.#unread = 0;
  }
}
