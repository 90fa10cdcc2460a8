import type { EchoLoadResult } from "../load/echo-settings.ts";
import { type BusyShares, busyShares } from "../process/busy-shares.ts";
import type { LoadedRun } from "../process/loaded-server.ts";

/** The figures of one round of one contender. */
export interface EchoSample extends BusyShares {
  readonly messagesPerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** Time of the server on its core, per message, as the kernel splits it. */
  readonly userMicrosPerMessage: number;
  readonly systemMicrosPerMessage: number;
  readonly residentMegabytes: number;
  /** `io_uring_enter` or `epoll_wait` per message; null for peers. */
  readonly waitsPerMessage: number | null;
  /** All system calls of the driver per message; null for peers. */
  readonly systemCallsPerMessage: number | null;
}

/** Turns what was counted into figures per message. */
export function echoSample(run: LoadedRun<EchoLoadResult>): EchoSample {
  const { result, usage } = run;
  const { messages, seconds } = result;
  return {
    messagesPerSecond: messages / seconds,
    p50Micros: result.p50Micros,
    p99Micros: result.p99Micros,
    userMicrosPerMessage: usage.userMicros / messages,
    systemMicrosPerMessage: usage.systemMicros / messages,
    residentMegabytes: usage.residentBytes / 2 ** 20,
    waitsPerMessage: usage.waits === null ? null : usage.waits / messages,
    systemCallsPerMessage: usage.systemCalls === null ? null : usage.systemCalls / messages,
    ...busyShares(run),
  };
}
