import {
  currentTask,
  noteBytesWritten,
  type Runtime,
  SystemError,
  type SystemErrorDetails,
  type TaskInfo,
} from "@bascule/core";
import { errnoMessage, errnoName, type SocketAddress } from "@bascule/sys";

/** The socket was closed by this side before, or during, the call. */
export class SocketClosedError extends Error {
  override readonly name: string = "SocketClosedError";
  readonly code: string = "ERR_SOCKET_CLOSED";
}

/**
 * The peer closed its side before everything that was asked for had come. What did come is kept: it
 * is `received`.
 */
export class UnexpectedEofError extends Error {
  override readonly name: string = "UnexpectedEofError";
  readonly code: string = "ERR_UNEXPECTED_EOF";
  /** The bytes that came before the end. */
  readonly received: Uint8Array;

  constructor(wanted: number, received: Uint8Array) {
    super(`Expected ${wanted} bytes: the peer closed its side after ${received.byteLength}`);
    this.received = received;
  }
}

/** A line is longer than `maxBytes`. It is skipped: the next call gives the line after it. */
export class LineTooLongError extends Error {
  override readonly name: string = "LineTooLongError";
  readonly code: string = "ERR_LINE_TOO_LONG";
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`Line is longer than ${maxBytes} bytes: it is skipped`);
    this.maxBytes = maxBytes;
  }
}

/** What a socket says that was closed by this side: that it cannot be read from, say. */
export function closedError(action: string): SocketClosedError {
  return new SocketClosedError(`Cannot ${action} the socket: it is closed`);
}

/**
 * What a socket says from now on that ends for a `reason`. A close counts more than a failed call
 * before it: whether that had been noticed is the moment's business. Otherwise the first counts.
 */
export function closedBecauseOf(reason: unknown, before: unknown): unknown {
  return before === null || before instanceof SystemError ? reason : before;
}

/**
 * Why reads or writes of a socket fail, as an error of one call's own: it names the task that made
 * the call, which was not running when the system call failed.
 */
export function failureFor(task: TaskInfo | undefined, failure: unknown): unknown {
  if (!(failure instanceof SystemError)) return failure;
  const { code, errno, syscall, driver } = failure;
  const details: SystemErrorDetails = { code, errno, syscall };
  if (driver !== undefined) details.driver = driver;
  // Code outside every task belongs to a task without a name.
  if (task !== undefined && task.id !== 0) details.task = task.name;
  return new SystemError(details);
}

/** The same of a write, with how many of its bytes were accepted before. */
export function writeFailureFor(
  task: TaskInfo | undefined,
  failure: unknown,
  bytesWritten: number,
): unknown {
  const own =
    failure instanceof SocketClosedError
      ? new SocketClosedError(failure.message)
      : failureFor(task, failure);
  noteBytesWritten(own, bytesWritten);
  return own;
}

/** A failed system call as an error in Node's shape, with the address it was about. */
export function socketError(
  runtime: Runtime,
  syscall: string,
  result: number,
  about?: SocketAddress,
  described?: boolean,
): SystemError {
  const details: SystemErrorDetails = {
    code: errnoName(result),
    errno: result,
    syscall,
    driver: runtime.driver.name,
  };
  const task = currentTask();
  if (task !== undefined) details.task = task.name;
  if (about !== undefined) addAddress(details, about);
  if (described === true) details.description = errnoMessage(result);
  return new SystemError(details);
}

function addAddress(details: SystemErrorDetails, about: SocketAddress): void {
  if (about.family === "unix") {
    // As in Node, the address of a Unix socket is its path.
    if (about.path !== "") details.address = about.path;
    return;
  }
  details.address = about.address;
  // As in Node, a port that was left to the system is no part of it.
  if (about.port !== 0) details.port = about.port;
}
