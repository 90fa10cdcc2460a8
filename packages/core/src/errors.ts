/** A state that the design rules out. Going on could corrupt memory, so it is never handled. */
export class InvariantError extends Error {
  override readonly name: string = "InvariantError";
  readonly code: string = "ERR_BASCULE_INVARIANT";
}

/** A deadline passed. Rejects {@link timeout}, connect time-outs and scopes with a deadline. */
export class TimeoutError extends Error {
  override readonly name: string = "TimeoutError";
  readonly code: string = "ETIMEDOUT";
}

/** The default reason of an abort: a task, scope or `select` branch was cancelled. */
export class AbortError extends Error {
  override readonly name: string = "AbortError";
  readonly code: string = "ABORT_ERR";
}

/** `blockOn` was asked to wait for something that nothing in flight could ever finish. */
export class BlockOnDeadlockError extends Error {
  override readonly name: string = "BlockOnDeadlockError";
  readonly code: string = "ERR_BASCULE_BLOCK_ON_DEADLOCK";
}

/** The runtime was shut down while, or before, something was asked of it. */
export class RuntimeClosedError extends Error {
  override readonly name: string = "RuntimeClosedError";
  readonly code: string = "ERR_BASCULE_RUNTIME_CLOSED";
}

/** So many blocking jobs are queued already that another would only take memory. */
export class BlockingQueueFullError extends Error {
  override readonly name: string = "BlockingQueueFullError";
  readonly code: string = "ERR_BASCULE_BLOCKING_QUEUE_FULL";
}

/** The worker that ran a blocking job ended before the job did; `cause` says why, if known. */
export class BlockingWorkerError extends Error {
  override readonly name: string = "BlockingWorkerError";
  readonly code: string = "ERR_BASCULE_BLOCKING_WORKER";
}

/** A driver that was named cannot be used. `code` says which cause, `remedy` what mends it. */
export class DriverUnavailableError extends Error {
  override readonly name: string = "DriverUnavailableError";
  readonly code: string;
  readonly driver: string;
  readonly remedy: string;

  constructor(driver: string, unavailability: { code: string; cause: string; remedy: string }) {
    super(
      `Cannot use driver "${driver}": ${unavailability.cause}. To fix: ${unavailability.remedy}`,
    );
    this.code = unavailability.code;
    this.driver = driver;
    this.remedy = unavailability.remedy;
  }
}

/** What a failed system call leaves behind; the fields that do not apply are left out. */
export interface SystemErrorDetails {
  /** `ECONNREFUSED` */
  code: string;
  /** Negative, as Node has it. */
  errno: number;
  /** `connect` */
  syscall: string;
  /** Words for a person, used where there is no address or path to name. */
  description?: string;
  address?: string;
  port?: number;
  path?: string;
  dest?: string;
  bytesWritten?: number;
  driver?: string;
  task?: string;
}

/**
 * A failed system call, in Node's shape: `code`, negative `errno`, `syscall`, and `address` with
 * `port`, or `path`; the message reads `connect ECONNREFUSED 127.0.0.1:1`. It also names the driver
 * and the task that waited.
 */
export class SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  declare readonly address?: string;
  declare readonly port?: number;
  declare readonly path?: string;
  declare readonly dest?: string;
  declare readonly bytesWritten?: number;
  declare readonly driver?: string;
  declare readonly task?: string;

  constructor(details: SystemErrorDetails) {
    super(systemMessage(details));
    this.code = details.code;
    this.errno = details.errno;
    this.syscall = details.syscall;
    for (const key of [
      "address",
      "port",
      "path",
      "dest",
      "bytesWritten",
      "driver",
      "task",
    ] as const) {
      const value = details[key];
      if (value !== undefined) {
        Object.defineProperty(this, key, { value, enumerable: true, writable: true });
      }
    }
  }
}

function systemMessage(details: SystemErrorDetails): string {
  const { code, syscall, address, port, path, dest, description } = details;
  if (address !== undefined) {
    const why = description === undefined ? "" : `: ${description}`;
    return `${syscall} ${code}${why} ${address}${port === undefined ? "" : `:${port}`}`;
  }
  if (path !== undefined) {
    const why = description === undefined ? "" : `: ${description}`;
    const to = dest === undefined ? "" : ` -> '${dest}'`;
    return `${code}${why}, ${syscall} '${path}'${to}`;
  }
  return `${syscall} ${code}`;
}
