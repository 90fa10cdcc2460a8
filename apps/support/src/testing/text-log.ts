/** How long a test waits for something to appear before it fails. */
const WAIT_MS = 5000;

interface Watcher {
  readonly look: () => boolean;
}

/** Text that comes over time, and waits for what must be in it. */
export class TextLog {
  #text: string = "";
  #isEnded: boolean = false;
  readonly #decoder: TextDecoder = new TextDecoder();
  readonly #watchers: Set<Watcher> = new Set();

  /** Everything so far. */
  get text(): string {
    return this.#text;
  }

  append(chunk: Uint8Array): void {
    this.#text += this.#decoder.decode(chunk, { stream: true });
    this.#look();
  }

  /** Nothing follows: waits that have not come true fail at once. */
  end(): void {
    this.#isEnded = true;
    this.#look();
  }

  /**
   * Waits until the text matches.
   * @throws (rejects) with the text when it ends before, or after five seconds
   */
  waitFor(pattern: RegExp | string): Promise<RegExpMatchArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpMatchArray>();
    const expression = typeof pattern === "string" ? new RegExp(escapeRegExp(pattern)) : pattern;
    const fail = (why: string): void => {
      reject(new Error(`Waited for ${expression} in vain: ${why}: ${JSON.stringify(this.#text)}`));
    };
    const watcher: Watcher = {
      look: () => {
        const match = this.#text.match(expression);
        if (match !== null) resolve(match);
        else if (this.#isEnded) fail("the text has ended");
        return match !== null || this.#isEnded;
      },
    };
    if (watcher.look()) return promise;
    this.#watchers.add(watcher);
    const timer = setTimeout(() => fail(`${WAIT_MS} ms have passed`), WAIT_MS);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    });
  }

  #look(): void {
    for (const watcher of this.#watchers) if (watcher.look()) this.#watchers.delete(watcher);
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
