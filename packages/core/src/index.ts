export { anySignal, type JoinedSignal } from "./any-signal.ts";
export { type BlockingFunction, registerBlocking } from "./blocking/blocking-function.ts";
export type { BlockingOptions } from "./blocking/blocking-options.ts";
export { movedResult } from "./blocking/moved-result.ts";
export { spawnBlocking, type SpawnBlockingOptions } from "./blocking/spawn-blocking.ts";
export { checkSignal } from "./check.ts";
export { driverCandidates, type DriverCandidate, type DriverChoice } from "./choose-driver.ts";
export { Context, contextStorage, currentContext } from "./context.ts";
export { BlockPool, type Mapping } from "./contract/block-pool.ts";
export { Canaries, LateWriteError } from "./contract/canaries.ts";
export type { Block, ReceivePool, SendPool } from "./contract/buffer-pools.ts";
export type { Clock } from "./contract/clock.ts";
export { Descriptor } from "./contract/descriptor.ts";
export type {
  Capability,
  Driver,
  DriverCounters,
  DriverFactory,
  DriverOptions,
  HostWatcher,
  RemoteUnpark,
  SilentSender,
  Unavailability,
} from "./contract/driver.ts";
export type { Machine } from "./contract/machine.ts";
export {
  type OperationFrame,
  type OperationKind,
  type Readiness,
  WOULD_BLOCK,
} from "./contract/operation-kind.ts";
export { type LedgerCounters, OperationLedger } from "./contract/operation-ledger.ts";
export {
  CANCELLING,
  type CompletionListener,
  IDLE,
  NO_BUFFER,
  Operation,
  type OperationState,
  SUBMITTED,
} from "./contract/operation.ts";
export type { InternetSystemAddress, System, SystemAddress } from "./contract/system.ts";
export { currentSignal } from "./current-signal.ts";
export { currentTask } from "./current-task.ts";
export {
  AbortError,
  BlockingQueueFullError,
  BlockingWorkerError,
  BlockOnDeadlockError,
  DriverUnavailableError,
  InvariantError,
  RuntimeClosedError,
  SystemError,
  type SystemErrorDetails,
  TimeoutError,
} from "./errors.ts";
export type { EventLoop, Flushable } from "./event-loop.ts";
export { interval, type IntervalOptions } from "./interval.ts";
export { iteratorOf, oneByOne } from "./iterators.ts";
export { JoinHandle } from "./join-handle.ts";
export { JoinSet, type JoinSetOptions } from "./join-set.ts";
export { type InLine, Line } from "./line.ts";
export type { RuntimeMetrics } from "./metrics.ts";
export { liveRuntimes } from "./observe/attach.ts";
export type {
  OperationMessage,
  TaskEndMessage,
  TaskPollMessage,
  TaskSpawnMessage,
} from "./observe/diagnostics.ts";
export { describeRuntime } from "./observe/dump.ts";
export type { HistogramSnapshot } from "./observe/histogram.ts";
export { RuntimeObserver } from "./observe/observer.ts";
export type {
  OperationSnapshot,
  ResourceSnapshot,
  RuntimeSnapshot,
  ScopeSnapshot,
  TaskSnapshot,
  TaskTimesSnapshot,
  WaitSnapshot,
} from "./observe/snapshot.ts";
export type { LoopTimes } from "./observe/time-keeper.ts";
export { traceRuntime, type TraceOptions } from "./observe/trace/trace.ts";
export { moveBuffer } from "./move-buffer.ts";
export { noteBytesWritten } from "./note-bytes-written.ts";
export { OperationWait } from "./operation-wait.ts";
export { Runtime, type RuntimeOptions, type SpawnOptions } from "./runtime.ts";
export type { Schedule } from "./schedule.ts";
export { shield } from "./shield.ts";
export type { Resource } from "./shutdown.ts";
export { sleep, type SleepOptions } from "./sleep.ts";
export { blockOn, spawn } from "./spawn.ts";
export { StallWarning } from "./stall/stall-warning.ts";
export { suspend, type Waker } from "./suspend.ts";
export { TaskLocal } from "./task-local.ts";
export { TaskScope, type TaskScopeOptions } from "./task-scope.ts";
export type { Priority, Task, TaskInfo } from "./task.ts";
export { HAND_ON_HOPS, timeout } from "./timeout.ts";
export type { Timer } from "./timers.ts";
export { Turns } from "./turns.ts";
export { UnhandledTaskError } from "./unhandled-task-error.ts";
export { PENDING, spendBudget, takenAtOnce, Wait, type WaitOptions } from "./wait.ts";
export { yieldNow } from "./yield-now.ts";
