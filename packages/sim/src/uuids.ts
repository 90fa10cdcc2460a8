import type { Random } from "./random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Where the variant of RFC 9562 stands, the same in every version. */
const VARIANT = 0x80;

type MakeV7 = (encoding: unknown, timestamp?: unknown) => unknown;

/** UUIDs by the time and the dice of one world. */
export class Uuids {
  readonly #random: Random;
  readonly #clock: VirtualClock;
  readonly #v7OfBun: MakeV7 = Bun.randomUUIDv7 as MakeV7;
  /** Of version 7: those of one moment are in order, and in a world a moment may be long. */
  #count: number = 0;

  constructor(random: Random, clock: VirtualClock) {
    this.#random = random;
    this.#clock = clock;
  }

  /** As `crypto.randomUUID` does. */
  v4(): string {
    const bytes = Buffer.alloc(16);
    this.#fill(bytes, 0);
    bytes[6] = 0x40 | ((bytes[6] ?? 0) & 15);
    bytes[8] = VARIANT | ((bytes[8] ?? 0) & 63);
    return textOf(bytes);
  }

  /** As `Bun.randomUUIDv7` does, which is left to refuse what it refuses. */
  v7(encoding: unknown = "hex", timestamp?: unknown): unknown {
    if (typeof encoding !== "string") return this.v7("hex", encoding);
    const atMs = timestamp === undefined ? this.#clock.wallMs : timestamp;
    this.#v7OfBun(encoding, atMs);
    const bytes = Buffer.alloc(16);
    bytes.writeUIntBE(Number(atMs), 0, 6);
    const count = this.#count++;
    bytes.writeUInt16BE(0x7000 | ((count >>> 14) & 0xfff), 6);
    bytes.writeUInt16BE((VARIANT << 8) | (count & 0x3fff), 8);
    this.#fill(bytes, 10);
    const form = encoding.toLowerCase();
    if (form === "buffer") return bytes;
    return form === "hex" ? textOf(bytes) : bytes.toString(form as BufferEncoding);
  }

  #fill(bytes: Buffer, from: number): void {
    for (let at = from; at < bytes.length; at++) bytes[at] = this.#random.next();
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
