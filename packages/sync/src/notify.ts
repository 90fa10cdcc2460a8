import { spendBudget, type WaitOptions } from "@bascule/core";
import { LineWait, WaitLine } from "./wait-line.ts";

const NOTIFIED: Promise<void> = Promise.resolve();

/** Keeps a wait that was delivered, to be used again by whoever is next. */
const used: { wait: NotifiedWait | null } = { wait: null };

/** Where an aborted wait passes its notification on. */
interface Notifiable {
  notifyOne(): void;
}

class NotifiedWait extends LineWait<void> {
  #line: WaitLine<NotifiedWait>;
  #source: Notifiable;
  readonly #isReusable: boolean;
  /** Woken by `notifyOne`: whoever is aborted passes it on. */
  isSingle: boolean = false;

  constructor(line: WaitLine<NotifiedWait>, source: Notifiable, options: WaitOptions | undefined) {
    super(options);
    this.#line = line;
    this.#source = source;
    this.#isReusable = options === undefined;
    if (this.isWaiting) line.enter(this);
  }

  /** Waits once more, perhaps for something else: making a wait costs a fifth of a round trip. */
  again(line: WaitLine<NotifiedWait>, source: Notifiable): void {
    this.#line = line;
    this.#source = source;
    this.isSingle = false;
    this.renew();
    if (this.isWaiting) line.enter(this);
  }

  override get waitsFor(): string {
    return "notification";
  }

  protected override poll(): void {
    if (this.#isReusable) used.wait = this;
  }

  protected override cancelled(): void {
    if (!this.#line.remove(this) && this.isSingle) this.#source.notifyOne();
  }
}

/**
 * Wakes tasks without telling them anything: the building block for conditions of your own. A
 * `notifyOne` with nobody waiting is kept for the next `notified`; several are kept as one.
 * @example
 * ```ts
 * import { spawn } from "@bascule/core";
 * import { Notify } from "@bascule/sync";
 * const changed = new Notify();
 * const jobs: string[] = [];
 * const worker = spawn(async () => {
 *   while (jobs.length === 0) await changed.notified();
 *   return jobs.shift();
 * });
 * jobs.push("sweep");
 * changed.notifyOne();
 * if ((await worker) !== "sweep") throw new Error("not woken");
 * ```
 */
export class Notify {
  readonly #line: WaitLine<NotifiedWait> = new WaitLine();
  #isKept: boolean = false;

  /** Waits in line. */
  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Waits for a notification; it is in line from the moment of the call, not of the `await`.
   * Resolves at once when one was kept.
   *
   * Cancel-safe: an abort rejects with its reason, and a `notifyOne` that had woken this wait goes
   * to the next in line, or is kept.
   */
  notified(options?: WaitOptions): Promise<void> {
    if (this.#isKept && spendBudget(options)) {
      this.#isKept = false;
      return NOTIFIED;
    }
    const wait = this.#wait(options);
    if (this.#isKept) {
      this.#isKept = false;
      this.notifyOne();
    }
    return wait.promise;
  }

  #wait(options: WaitOptions | undefined): NotifiedWait {
    const { wait } = used;
    if (wait === null || options !== undefined) {
      return new NotifiedWait(this.#line, this, options);
    }
    used.wait = null;
    wait.again(this.#line, this);
    return wait;
  }

  /** Wakes the first in line, or is kept for the next who comes. */
  notifyOne(): void {
    const wait = this.#line.shift();
    if (wait === null) {
      this.#isKept = true;
      return;
    }
    wait.isSingle = true;
    wait.wake();
  }

  /** Wakes everyone who is in line now. Nothing is kept. */
  notifyAll(): void {
    this.#line.wakeAll();
  }
}
