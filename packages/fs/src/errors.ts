import { inspect } from "node:util";
import { currentTask, type Runtime, SystemError, type SystemErrorDetails } from "@bascule/core";
import { EISDIR, errnoMessage, errnoName } from "@bascule/sys";

/** The file was closed by this side before, or during, the call. Its `code` is Node's: `EBADF`. */
export class FileClosedError extends Error {
  override readonly name: string = "FileClosedError";
  readonly code: string = "EBADF";
  /** What was asked of the file: `read`. */
  readonly syscall: string;

  constructor(syscall: string) {
    super(`Cannot ${syscall}: the file is closed`);
    this.syscall = syscall;
  }
}

/** A line is longer than `maxBytes`, or has no end: the iteration is over. */
export class LineTooLongError extends Error {
  override readonly name: string = "LineTooLongError";
  readonly code: string = "ERR_LINE_TOO_LONG";
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`Line is longer than ${maxBytes} bytes: pass a larger maxBytes`);
    this.maxBytes = maxBytes;
  }
}

/** What an error is about, beside the call that failed. */
export interface ErrorSubject {
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
  readonly bytesWritten?: number;
  /** What is wrong, where the text of the error number does not tell. */
  readonly description?: string;
}

/**
 * A failed system call as an error in Node's shape: `ENOENT: no such file or directory, open
 * '/x'`.
 * @param result `-errno`
 */
export function fileError(
  runtime: Runtime,
  syscall: string,
  result: number,
  subject: ErrorSubject = {},
): SystemError {
  const { path, dest, bytesWritten } = subject;
  const details: SystemErrorDetails = {
    code: errnoName(result),
    errno: result,
    syscall,
    description: subject.description ?? errnoMessage(result),
    driver: runtime.driver.name,
  };
  const task = currentTask();
  if (task !== undefined) details.task = task.name;
  if (path !== undefined) details.path = path;
  if (dest !== undefined) details.dest = dest;
  if (bytesWritten !== undefined) details.bytesWritten = bytesWritten;
  const error = new SystemError(details);
  if (path === undefined) error.message = `${details.code}: ${details.description}, ${syscall}`;
  return error;
}

/** An argument with a value that cannot be used, with Node's `code`. */
export function argumentValueError(name: string, value: unknown, reason: string): TypeError {
  const message = `The argument '${name}' ${reason}. Received ${show(value)}`;
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
}

/** An argument of a wrong type, with Node's `code`. */
export function argumentTypeError(name: string, value: unknown, expected: string): TypeError {
  const what = name.includes(".") ? "property" : "argument";
  const message = `The "${name}" ${what} must be ${expected}. Received ${show(value)}`;
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
}

/** A number outside what can be used, with Node's `code`. */
export function rangeError(name: string, value: unknown, expected: string): RangeError {
  const message = `The value of "${name}" is out of range. It must be ${expected}.`;
  return Object.assign(new RangeError(`${message} Received ${show(value)}`), {
    code: "ERR_OUT_OF_RANGE",
  });
}

/** `rm` of a directory, without being told to: Node's own error. */
export function directoryError(path: string): Error {
  const message = `Path is a directory: rm returned EISDIR (is a directory) ${path}`;
  return Object.assign(new Error(message), {
    name: "SystemError",
    code: "ERR_FS_EISDIR",
    errno: EISDIR,
    syscall: "rm",
    path,
  });
}

/** A type of symbolic link that Node does not know either. */
export function linkTypeError(type: string): Error {
  const message = 'Symlink type must be one of "dir", "file", or "junction"';
  return Object.assign(new Error(`${message}. Received ${show(type)}`), {
    code: "ERR_FS_INVALID_SYMLINK_TYPE",
  });
}

/** A file that does not fit in one array. */
export function fileTooLargeError(size: number): RangeError {
  const message = `File size (${size}) is greater than 2 GiB: read it in chunks`;
  return Object.assign(new RangeError(message), { code: "ERR_FS_FILE_TOO_LARGE" });
}

function show(value: unknown): string {
  return inspect(value).slice(0, 128);
}
