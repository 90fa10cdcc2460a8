import type { WindowResult, WindowSettings } from "./measured-window.ts";

/** Settings of one run of the echo load. */
export interface EchoLoadSettings extends WindowSettings {
  readonly port: number;
  readonly connections: number;
  /** Length of a message. Every connection has one under way. */
  readonly messageBytes: number;
}

/** What one run of the echo load found. */
export interface EchoLoadResult extends WindowResult {
  /** Messages that came back whole and right in the window. */
  readonly messages: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
}
