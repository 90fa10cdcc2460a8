import type { ChatLoadResult } from "../load/chat-settings.ts";
import { type BusyShares, busyShares } from "../process/busy-shares.ts";
import type { LoadedRun } from "../process/loaded-server.ts";

/** The figures of one round of one chat. A delivery is one line at one recipient. */
export interface ChatSample extends BusyShares {
  readonly deliveriesPerSecond: number;
  /** From sending a line until its last recipient had it. */
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly userMicrosPerDelivery: number;
  readonly systemMicrosPerDelivery: number;
  readonly residentMegabytes: number;
  readonly systemCallsPerDelivery: number | null;
}

/** Turns what was counted into figures per delivery. */
export function chatSample(run: LoadedRun<ChatLoadResult>): ChatSample {
  const { result, usage } = run;
  const { deliveries, seconds } = result;
  return {
    deliveriesPerSecond: deliveries / seconds,
    p50Micros: result.p50Micros,
    p99Micros: result.p99Micros,
    userMicrosPerDelivery: usage.userMicros / deliveries,
    systemMicrosPerDelivery: usage.systemMicros / deliveries,
    residentMegabytes: usage.residentBytes / 2 ** 20,
    systemCallsPerDelivery: usage.systemCalls === null ? null : usage.systemCalls / deliveries,
    ...busyShares(run),
  };
}
