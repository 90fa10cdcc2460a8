import type { Mapping } from "@bascule/core";

const PAGE_BYTES = 4096;

/** Memory that was unmapped, with whatever is in it, for the next who maps as much. */
const unmapped: Uint8Array[] = [];

/** Gives memory addresses that nothing but this finds again. */
export class AddressSpace {
  readonly #placed: { readonly address: number; readonly end: number }[] = [];
  readonly #mappings: { readonly address: number; readonly bytes: Uint8Array }[] = [];
  #end: number = PAGE_BYTES;

  /** Memory of its own at a new address. */
  map(byteLength: number): Mapping {
    const again = unmapped.findIndex((bytes) => bytes.byteLength === byteLength);
    const bytes = unmapped.splice(again, again < 0 ? 0 : 1)[0] ?? new Uint8Array(byteLength);
    const address = this.#add(bytes);
    const unmap = (): void => {
      this.#mappings.splice(
        this.#mappings.findIndex((mapping) => mapping.address === address),
        1,
      );
      unmapped.push(bytes);
    };
    return { address, bytes, unmap };
  }

  /** An address for memory that is there already. */
  place(bytes: Uint8Array): number {
    const address = this.#add(bytes);
    this.#placed.push({ address, end: address + bytes.byteLength });
    return address;
  }

  /** Whether an address is in memory that was there already, and that a program made. */
  isPlaced(address: number): boolean {
    return this.#placed.some((each) => address >= each.address && address < each.end);
  }

  #add(bytes: Uint8Array): number {
    const address = this.#end;
    this.#end += Math.ceil((bytes.byteLength + 1) / PAGE_BYTES) * PAGE_BYTES;
    this.#mappings.push({ address, bytes });
    return address;
  }

  /** What is at an address. @throws Error when nothing is, or when it has been taken away */
  read(address: number, byteLength: number): number[] {
    for (const { address: start, bytes } of this.#mappings) {
      const offset = address - start;
      if (offset < 0 || offset >= bytes.byteLength + 1) continue;
      if (offset + byteLength > bytes.byteLength) throw new Error("memory is gone or too short");
      return [...bytes.subarray(offset, offset + byteLength)];
    }
    throw new Error(`nothing is mapped at ${address}`);
  }
}
