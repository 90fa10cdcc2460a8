import {
  type Resource,
  type Runtime,
  spendBudget,
  Turns,
  type WaitOptions,
  yieldNow,
} from "@bascule/core";
import {
  ECANCELED,
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_IGNORED,
  IN_MODIFY,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_Q_OVERFLOW,
  type InotifyEvent,
} from "@bascule/sys";
import { checkBoolean, checkSignal } from "./arguments.ts";
import { fileError } from "./errors.ts";
import { Inotify } from "./inotify.ts";
import { PathCall } from "./path-call.ts";
import { bufferOf, type PathLike, pathBytes, toPath, trimSlashes } from "./path.ts";
import { inEncoding, type PathOptions, pathSettings } from "./readlink.ts";

const MASK =
  IN_ATTRIB |
  IN_CREATE |
  IN_MODIFY |
  IN_DELETE |
  IN_DELETE_SELF |
  IN_MOVE_SELF |
  IN_MOVED_FROM |
  IN_MOVED_TO;
const CHANGES = IN_ATTRIB | IN_MODIFY | IN_Q_OVERFLOW;
const SLASH = 0x2f;

/** One thing that happened to what is watched, as Node tells it. */
export interface WatchEvent {
  /** `rename`: something appeared, went, or got another name. `change`: content or attributes. */
  readonly eventType: "rename" | "change";
  /** Which entry of a directory, or the file itself; null when events were lost: look again. */
  readonly filename: string | Buffer | null;
}

/** Options of {@link watch}. */
export interface WatchOptions extends PathOptions {
  /** Going into directories is refused: inotify(7) does not. */
  recursive?: boolean | undefined;
}

/**
 * Watches a file, or a directory and what is directly in it: inotify(7). It begins at once, so that
 * what happens after the call is told. Iterate it; leaving the loop, an abort of the signal and
 * `close` end it, and let go of its descriptor.
 *
 * @param options `signal`: after its abort every `next` rejects with the reason, also one that
 *   waits
 * @throws SystemError (`ENOENT`, `EACCES`, `ENOSPC` when the user has too many watches …),
 *   TypeError `ERR_FEATURE_UNAVAILABLE_ON_PLATFORM` for `recursive`
 * @example
 * ```ts
 * import { mkdtemp, rm, watch, writeFile } from "@bascule/fs";
 * const folder = await mkdtemp("/tmp/bascule-");
 * const watcher = watch(folder);
 * await writeFile(`${folder}/new`, "");
 * for await (const { eventType, filename } of watcher) {
 *   if (eventType !== "rename" || filename !== "new") throw new Error("something else happened");
 *   break;
 * }
 * await rm(folder, { recursive: true });
 * ```
 */
export function watch(
  path: PathLike,
  options?: WatchOptions | BufferEncoding | "buffer" | null,
): Watcher {
  const settings: WatchOptions = pathSettings(options);
  const target = toPath(path);
  checkSignal(settings);
  checkBoolean(settings.recursive, "options.recursive");
  if (settings.recursive === true) throw notRecursiveError();
  return new Watcher(target, settings);
}

/** What {@link watch} gives: the events, in their order. */
export class Watcher implements AsyncIterableIterator<WatchEvent>, AsyncDisposable, Resource {
  readonly #runtime: Runtime;
  readonly #inotify: Inotify;
  readonly #options: PathOptions;
  /** The name of what is watched, for events that are about it. */
  readonly #ownName: Buffer;
  /** Those who wait for events: the first one reads, and takes the first event. */
  readonly #turns: Turns = new Turns();
  #events: WatchEvent[] = [];
  #isClosed: boolean = false;
  #isAborted: boolean = false;

  constructor(path: string | Uint8Array, options: PathOptions) {
    this.#options = options;
    this.#ownName = baseName(path);
    using call = new PathCall("watch", path);
    this.#runtime = call.runtime;
    this.#inotify = new Inotify(this.#runtime);
    try {
      const watch = this.#inotify.add(call.frame.address, MASK);
      if (watch < 0) throw call.error(watch);
      this.#runtime.register(this);
    } catch (error) {
      this.#inotify.close();
      throw error;
    }
    if (options.signal?.aborted === true) this.handleEvent();
    else options.signal?.addEventListener("abort", this);
  }

  /**
   * The next event, or the end when the watcher has been closed. Of several who wait, the first
   * one gets the first event. An abort of `options.signal` or of the task loses none.
   * @throws (rejects) the reason of an abort, SystemError
   */
  async next(options?: WaitOptions): Promise<IteratorResult<WatchEvent, undefined>> {
    return await this.#turns.run(() => this.#next(options), options);
  }

  /** Ends the watch. Harmless the second time. */
  close(): void {
    this.destroy();
    this.#runtime.unregister(this);
  }

  /** Lets go without waiting. For the runtime's shutdown. */
  destroy(): void {
    this.#isClosed = true;
    this.#options.signal?.removeEventListener("abort", this);
    this.#inotify.close();
  }

  /** The signal was aborted: the watcher is its own listener. */
  handleEvent(): void {
    if (this.#isClosed) return;
    this.#isAborted = true;
    this.close();
  }

  async return(): Promise<IteratorResult<WatchEvent, undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** For one loop: however it is left, also by an abort of the task, the watch ends with it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent, undefined, undefined> {
    try {
      for (;;) {
        const { done, value } = await this.next();
        if (done === true) return undefined;
        yield value;
      }
    } finally {
      this.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #next(options: WaitOptions | undefined): Promise<IteratorResult<WatchEvent, undefined>> {
    // Events that are there already are given at once: to a task that has had its share, later.
    if (!spendBudget(options)) await yieldNow(options);
    for (;;) {
      if (this.#isAborted) throw this.#options.signal?.reason;
      const event = this.#events.shift();
      if (event !== undefined) return { done: false, value: event };
      if (this.#isClosed) return { done: true, value: undefined };
      const found = await this.#inotify.next(options);
      if (typeof found !== "number") this.#take(found);
      else if (found !== -ECANCELED || !this.#isClosed) {
        throw fileError(this.#runtime, "watch", found);
      }
    }
  }

  #take(found: readonly InotifyEvent[]): void {
    for (const { mask, name } of found) {
      if ((mask & IN_IGNORED) !== 0) continue;
      const eventType = (mask & CHANGES) === 0 ? "rename" : "change";
      this.#events.push({ eventType, filename: this.#nameOf(mask, name) });
    }
  }

  #nameOf(mask: number, name: Uint8Array): string | Buffer | null {
    if ((mask & IN_Q_OVERFLOW) !== 0) return null;
    return inEncoding(name.byteLength === 0 ? this.#ownName : bufferOf(name), this.#options);
  }
}

function notRecursiveError(): TypeError {
  const message = "Cannot watch recursively: inotify(7) tells of a directory's own entries only";
  return Object.assign(new TypeError(message), { code: "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM" });
}

function baseName(path: string | Uint8Array): Buffer {
  const bytes = bufferOf(pathBytes(trimSlashes(path)));
  return bytes.subarray(bytes.lastIndexOf(SLASH) + 1);
}
