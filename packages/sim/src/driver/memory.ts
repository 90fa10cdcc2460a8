const REGION_BYTES = 2 ** 32;
const REGIONS_MAX = 2 ** 20;

/**
 * The addresses of one simulated host. Each piece of memory has a region of its own, so that a
 * number leads back to its bytes without a pointer, and one byte too far leads nowhere.
 */
export class Memory {
  readonly #regions: (Uint8Array | WeakRef<ArrayBuffer>)[] = [];
  readonly #known: WeakMap<ArrayBuffer, number> = new WeakMap();

  /** Gives memory of the driver's an address. */
  map(bytes: Uint8Array): number {
    return this.#add(bytes);
  }

  /** The address of a buffer of the program, which stays the same as long as the buffer lives. */
  addressOf(buffer: ArrayBuffer): number {
    const known = this.#known.get(buffer);
    if (known !== undefined) return known;
    const address = this.#add(new WeakRef(buffer));
    this.#known.set(buffer, address);
    return address;
  }

  /** The bytes at an address. @throws RangeError when they are not all there: a wild pointer */
  view(address: number, length: number): Uint8Array {
    const offset = address % REGION_BYTES;
    const region = this.#regions[Math.floor(address / REGION_BYTES) - 1];
    const bytes =
      region instanceof WeakRef ? new Uint8Array(region.deref() ?? gone(address)) : region;
    if (bytes === undefined || offset + length > bytes.byteLength) {
      throw new RangeError(`Address ${address} is used for ${length} bytes: it has not so many`);
    }
    return bytes.subarray(offset, offset + length);
  }

  /** The bytes from an address to the end of their region: for texts that end in a null byte. */
  text(address: number): Uint8Array {
    const region = this.#regions[Math.floor(address / REGION_BYTES) - 1];
    const { byteLength } =
      region instanceof WeakRef ? (region.deref() ?? gone(address)) : (region ?? gone(address));
    const bytes = this.view(address, byteLength - (address % REGION_BYTES));
    const end = bytes.indexOf(0);
    return end < 0 ? bytes : bytes.subarray(0, end);
  }

  #add(region: Uint8Array | WeakRef<ArrayBuffer>): number {
    if (this.#regions.length >= REGIONS_MAX) {
      throw new RangeError(`Memory is full: a simulated host has ${REGIONS_MAX} regions`);
    }
    return this.#regions.push(region) * REGION_BYTES;
  }
}

function gone(address: number): never {
  throw new RangeError(`Address ${address} is used: its memory is gone`);
}
