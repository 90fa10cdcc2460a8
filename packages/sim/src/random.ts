const UINT32 = 2 ** 32;

/** A small, fast generator of pseudo-random numbers (sfc32): the same seed, the same numbers. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number = 1;

  /** @param seed a whole number; only its lower 53 bits count */
  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / UINT32) >>> 0;
    this.#c = 0x9e3779b9;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** From 0, inclusive, to 1, exclusive. */
  fraction(): number {
    return this.next() / UINT32;
  }
}
