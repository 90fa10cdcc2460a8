import type { WindowResult } from "../load/measured-window.ts";
import type { LoadedRun } from "./loaded-server.ts";

/** How much of a core each side used in the window: the one nearer to 1 set the pace. */
export interface BusyShares {
  readonly serverBusy: number;
  readonly loadBusy: number;
  /** What neither of them used. Much of it, and the round says little. */
  readonly othersBusy: number;
}

/** Who used the processor while a run was measured. */
export function busyShares({ result, usage }: LoadedRun<WindowResult>): BusyShares {
  const { seconds, loadCpuSeconds, machineBusySeconds } = result;
  const serverSeconds = (usage.userMicros + usage.systemMicros) / 1e6;
  return {
    serverBusy: serverSeconds / seconds,
    loadBusy: loadCpuSeconds / seconds,
    othersBusy: Math.max(machineBusySeconds - serverSeconds - loadCpuSeconds, 0) / seconds,
  };
}
