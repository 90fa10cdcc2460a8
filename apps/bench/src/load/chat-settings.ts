import type { WindowResult, WindowSettings } from "./measured-window.ts";

/** Settings of one run of the chat load. */
export interface ChatLoadSettings extends WindowSettings {
  readonly port: number;
  readonly clients: number;
  /** How many of the clients send. */
  readonly senders: number;
  /** Lines that each sender has under way. */
  readonly window: number;
}

/** What one run of the chat load found. */
export interface ChatLoadResult extends WindowResult {
  /** Lines that reached one recipient each, in the window. */
  readonly deliveries: number;
  /** From sending a line until the last recipient had it. */
  readonly p50Micros: number;
  readonly p99Micros: number;
}
