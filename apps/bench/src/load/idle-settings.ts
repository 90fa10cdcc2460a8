/** Settings of the idle load. */
export interface IdleLoadSettings {
  readonly port: number;
  readonly serverProcessId: number;
  readonly connections: number;
}

/** What the idle load did: it held so many connections while the server reported. */
export interface IdleLoadResult {
  readonly connections: number;
  readonly connectSeconds: number;
}
