import type { Driver, HostWatcher } from "./contract/driver.ts";

/** What is used of a stream's reader. Bun's and Node's types of it differ in the rest. */
interface EventReader {
  read(): Promise<unknown>;
  cancel(): Promise<void>;
}

/**
 * How long the self-test waits for Bun to report the eventfd, twice, before a thread takes over.
 */
const SELF_TEST_MS = 250;

/**
 * How soon to look again, and to try to watch again, while there is no descriptor to watch with.
 */
const NO_DESCRIPTOR_MS = 10;

/**
 * Has Bun's own event loop watch the driver's `hostFd`: `Bun.file(fd).stream()` puts a non-blocking
 * eventfd on Bun's epoll, without a thread and without polling. A pending read keeps the process
 * alive, a cancelled one does not.
 *
 * That Bun does so is its behaviour, not its promise, so the first use tests it (a wake-up of our
 * own must come through), and where it does not a helper thread watches instead.
 */
export class HostWatch {
  readonly #driver: Driver;
  readonly #onReadable: () => void;
  readonly #forceThread: boolean;
  #reader: EventReader | null = null;
  #reading: boolean = false;
  #tested: boolean = false;
  #testTimer: ReturnType<typeof setTimeout> | null = null;
  #thread: HostWatcher | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | null = null;
  #closed: boolean = false;

  constructor(driver: Driver, onReadable: () => void, forceThread: boolean) {
    this.#driver = driver;
    this.#onReadable = onReadable;
    this.#forceThread = forceThread || driver.hostFd < 0;
  }

  /** How the descriptor is watched just now. */
  get mode(): "stream" | "thread" | "none" {
    if (this.#thread !== null) return "thread";
    return this.#reader === null ? "none" : "stream";
  }

  /** Watches, and keeps the process alive while doing so. */
  watch(): void {
    if (this.#forceThread && this.#thread === null) this.#useThread();
    if (this.#thread !== null) {
      this.#thread.ref();
      return;
    }
    this.#read();
    if (!this.#tested && this.#testTimer === null && this.#reader !== null) this.#selfTest();
  }

  /** Watches without keeping the process alive; only a thread can do that. */
  watchUnreferenced(): void {
    this.#cancelReader();
    if (this.#thread === null) this.#useThread();
    this.#thread?.unref();
  }

  /** Stops watching, so that the process may exit. */
  stop(): void {
    this.#cancelReader();
    this.#thread?.unref();
  }

  close(): void {
    this.#closed = true;
    this.#cancelReader();
    this.#thread?.close();
    this.#thread = null;
  }

  #read(): void {
    if (this.#reading || this.#closed) return;
    const reader = this.#reader ?? this.#orLater(() => openStream(this.#driver.hostFd).getReader());
    if (reader === null) return;
    this.#reader = reader;
    this.#reading = true;
    reader.read().then(
      () => this.#arrived(reader),
      () => this.#lost(reader),
    );
  }

  /** Watching takes a descriptor. A process that is out of them looks by a timer meanwhile. */
  #orLater<W extends EventReader | HostWatcher>(watch: () => W): W | null {
    try {
      return watch();
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== "EMFILE" && code !== "ENFILE") throw error;
      this.#retryTimer ??= setTimeout(() => {
        this.#retryTimer = null;
        this.#onReadable();
      }, NO_DESCRIPTOR_MS);
      return null;
    }
  }

  #arrived(reader: EventReader): void {
    if (reader !== this.#reader) return;
    this.#reading = false;
    this.#passTest();
    this.#onReadable();
  }

  /** The stream ended or failed, which an eventfd never does by itself: let a thread watch. */
  #lost(reader: EventReader): void {
    if (reader !== this.#reader || this.#closed) return;
    this.#reader = null;
    this.#reading = false;
    this.#useThread();
    this.#onReadable();
  }

  #cancelReader(): void {
    if (this.#testTimer !== null) clearTimeout(this.#testTimer);
    this.#testTimer = null;
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    const reader = this.#reader;
    if (reader === null) return;
    this.#reader = null;
    this.#reading = false;
    // The read that this ends is recognised as stale by `#arrived` and `#lost`.
    reader.cancel().catch(() => undefined);
  }

  #selfTest(): void {
    this.#driver.unpark();
    this.#testTimer = setTimeout(() => {
      // A loop that was busy for long runs its timers first: give the event one more chance.
      this.#testTimer = setTimeout(() => {
        this.#testTimer = null;
        if (this.#closed || this.#tested) return;
        this.#cancelReader();
        this.#useThread();
        this.#onReadable();
      }, SELF_TEST_MS);
      this.#testTimer.unref();
    }, SELF_TEST_MS);
    this.#testTimer.unref();
  }

  #passTest(): void {
    this.#tested = true;
    if (this.#testTimer !== null) clearTimeout(this.#testTimer);
    this.#testTimer = null;
  }

  #useThread(): void {
    if (this.#closed) return;
    this.#tested = true;
    this.#thread ??= this.#orLater(() => this.#driver.watchWithThread(this.#onReadable));
  }
}

function openStream(fd: number): ReturnType<ReturnType<typeof Bun.file>["stream"]> {
  return Bun.file(fd).stream();
}
