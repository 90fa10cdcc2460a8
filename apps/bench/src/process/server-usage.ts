/** What a server has used since it started, taken by itself. */
export interface ServerUsage {
  readonly userMicros: number;
  readonly systemMicros: number;
  readonly residentBytes: number;
  /** System calls that may wait (`io_uring_enter`, `epoll_wait`); null for peers. */
  readonly waits: number | null;
  /** All system calls of the driver; null for peers. */
  readonly systemCalls: number | null;
}

/** Begins every line of a server's output that is a {@link ServerUsage}. */
export const USAGE_MARK = "bench-usage ";

/** What was used between two moments, the memory as of the later one. */
export function usageBetween(before: ServerUsage, after: ServerUsage): ServerUsage {
  return {
    userMicros: after.userMicros - before.userMicros,
    systemMicros: after.systemMicros - before.systemMicros,
    residentBytes: after.residentBytes,
    waits: difference(before.waits, after.waits),
    systemCalls: difference(before.systemCalls, after.systemCalls),
  };
}

function difference(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before;
}
