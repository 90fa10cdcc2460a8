const FIRST = 32_768;
const LAST = 60_999;

/** The ports that a host gives to who asks for none, one after the other, as Linux has them. */
export class EphemeralPorts {
  #next: number = FIRST;

  /** A port that nobody has; 0 when there is none. */
  pick(bound: ReadonlyMap<number, unknown>): number {
    for (let left = LAST - FIRST + 1; left > 0; left--) {
      const port = this.#next;
      this.#next = port === LAST ? FIRST : port + 1;
      if (!bound.has(port)) return port;
    }
    return 0;
  }
}
