/** How long a test waits for something to appear before it fails. */
const WAIT_MS = 20_000;
/** The end of the text that a failure shows. */
const TEXT_SHOWN_MAX = 2000;

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
   * Waits until the text matches, and gives what matched.
   * @throws (rejects) with the text when it ends before, or after twenty seconds
   */
  waitFor(pattern: RegExp | string): Promise<readonly string[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    const fail = (why: string): void => {
      const text = JSON.stringify(this.#text.slice(-TEXT_SHOWN_MAX));
      reject(new Error(`Waited for ${String(pattern)} in vain: ${why}: ${text}`));
    };
    const find = typeof pattern === "string" ? finderOf(pattern) : matcherOf(pattern);
    const watcher: Watcher = {
      look: () => {
        const found = find(this.#text);
        if (found !== null) resolve(found);
        else if (this.#isEnded) fail("the text has ended");
        return found !== null || this.#isEnded;
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

type Find = (text: string) => readonly string[] | null;

/** Looks only at what has come since it looked last: texts of many megabytes are searched. */
function finderOf(wanted: string): Find {
  let from = 0;
  return (text) => {
    if (text.indexOf(wanted, from) >= 0) return [wanted];
    from = Math.max(0, text.length - wanted.length);
    return null;
  };
}

function matcherOf(pattern: RegExp): Find {
  return (text) => pattern.exec(text);
}
