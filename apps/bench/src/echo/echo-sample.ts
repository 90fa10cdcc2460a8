import type { EchoLoadResult } from "../load/echo-settings.ts";
import type { LoadedRun } from "../process/loaded-server.ts";

/** The figures of one round of one contender. */
export interface EchoSample {
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
  /** Share of its core that server and load used: the one nearer to 1 set the pace. */
  readonly serverBusy: number;
  readonly loadBusy: number;
}

/** Turns what was counted into figures per message. */
export function echoSample({ result, usage }: LoadedRun<EchoLoadResult>): EchoSample {
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
    serverBusy: (usage.userMicros + usage.systemMicros) / 1e6 / seconds,
    loadBusy: result.loadCpuSeconds / seconds,
  };
}
