import { machineBusySeconds } from "./machine-busy.ts";

/** Times of one run: traffic to warm up, then the window that counts. */
export interface WindowSettings {
  /** Told with SIGUSR2 at the beginning and at the end of the window; 0 for nobody. */
  readonly serverProcessId: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** What the load itself used in the window. */
export interface WindowResult {
  readonly seconds: number;
  readonly loadCpuSeconds: number;
  /** Of all cores and all processes. */
  readonly machineBusySeconds: number;
}

const BEFORE = 0;
const WARMING_UP = 1;
const MEASURING = 2;
const OVER = 3;

/**
 * Where a run stands. The load asks after every batch, so that window and counts change at the same
 * moment; a timer would come late on a busy loop.
 */
export class MeasuredWindow {
  readonly #settings: WindowSettings;
  #phase: typeof BEFORE | typeof WARMING_UP | typeof MEASURING | typeof OVER = BEFORE;
  #startNanos: number = 0;
  #endNanos: number = 0;
  #loadCpuMicros: number = 0;
  #machineBusySeconds: number = 0;

  constructor(settings: WindowSettings) {
    this.#settings = settings;
  }

  /** When to give up: the window and a generous time for what is still under way. */
  get timeoutMs(): number {
    return (this.#settings.warmUpSeconds + this.#settings.seconds + 10) * 1000;
  }

  get isMeasuring(): boolean {
    return this.#phase === MEASURING;
  }

  get isOver(): boolean {
    return this.#phase === OVER;
  }

  /** Traffic begins. */
  begin(nowNanos: number): void {
    this.#phase = WARMING_UP;
    this.#endNanos = nowNanos + this.#settings.warmUpSeconds * 1e9;
  }

  /** @returns whether the phase has just changed: to measuring, or to over */
  advance(nowNanos: number): boolean {
    if (nowNanos < this.#endNanos || this.#phase === BEFORE || this.#phase === OVER) return false;
    this.#signalServer();
    if (this.#phase === WARMING_UP) {
      this.#phase = MEASURING;
      this.#startNanos = nowNanos;
      this.#endNanos = nowNanos + this.#settings.seconds * 1e9;
      this.#loadCpuMicros = ownCpuMicros();
      this.#machineBusySeconds = machineBusySeconds();
    } else {
      this.#phase = OVER;
      this.#endNanos = nowNanos;
      this.#loadCpuMicros = ownCpuMicros() - this.#loadCpuMicros;
      this.#machineBusySeconds = machineBusySeconds() - this.#machineBusySeconds;
    }
    return true;
  }

  /** Once it is over. */
  get result(): WindowResult {
    return {
      seconds: (this.#endNanos - this.#startNanos) / 1e9,
      loadCpuSeconds: this.#loadCpuMicros / 1e6,
      machineBusySeconds: this.#machineBusySeconds,
    };
  }

  #signalServer(): void {
    const { serverProcessId } = this.#settings;
    if (serverProcessId > 0) process.kill(serverProcessId, "SIGUSR2");
  }
}

function ownCpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
