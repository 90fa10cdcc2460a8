import {
  type Block,
  type Descriptor,
  type OperationFrame,
  type OperationKind,
  Runtime,
  type WaitOptions,
} from "@bascule/core";
import { AT_FDCWD, ENAMETOOLONG } from "@bascule/sys";
import { checkSignal } from "./arguments.ts";
import { fileError } from "./errors.ts";
import { PATH_BYTES_MAX, pathText } from "./path.ts";
import { perform } from "./perform.ts";

const ALIGNMENT = 8;
const encoder = new TextEncoder();

/** What a call is about, beside the path. */
export interface PathCallOptions {
  /** The second path, for rename, link and symlink. */
  readonly dest?: string | Uint8Array;
  /** Bytes of memory for a structure, at {@link PathCall.extra}. */
  readonly extraBytes?: number;
  /** For calls that belong to a runtime already. */
  readonly runtime?: Runtime;
  /** The path that errors are about, and nothing else, when the caller gave another. */
  readonly shown?: string | Uint8Array | undefined;
  /** What the call holds open, when it is about something open. */
  readonly descriptor?: Descriptor | undefined;
}

/**
 * One system call about a path, with the mapped memory that its arguments are in. It is given back
 * on dispose: `using call = new PathCall("unlink", path)`.
 */
export class PathCall implements Disposable {
  readonly runtime: Runtime;
  /** Where the path is `address`, from the working directory. */
  readonly frame: OperationFrame;
  /** Address of the second path. */
  readonly dest: number;
  /** Address of the memory asked for, on a multiple of 8. */
  readonly extra: number;
  readonly #syscall: string;
  readonly #path: string | Uint8Array;
  readonly #shown: string | Uint8Array | undefined;
  readonly #destPath: string | Uint8Array | undefined;
  readonly #block: Block;
  readonly #descriptor: Descriptor | undefined;
  #used: number;

  /** @throws SystemError `ENAMETOOLONG` before anything is asked of the kernel */
  constructor(syscall: string, path: string | Uint8Array, options: PathCallOptions = {}) {
    const { dest, extraBytes = 0 } = options;
    this.runtime = options.runtime ?? Runtime.current();
    this.#syscall = syscall;
    this.#path = path;
    this.#shown = options.shown;
    this.#destPath = dest;
    this.#descriptor = options.descriptor;
    const extraSpace = extraBytes === 0 ? 0 : extraBytes + ALIGNMENT;
    const space = this.#spaceFor(path) + (dest === undefined ? 0 : this.#spaceFor(dest));
    this.#block = this.runtime.driver.sendPool.take(space + extraSpace);
    this.#used = 0;
    const address = this.#write(path);
    const fd = options.descriptor?.fd ?? AT_FDCWD;
    this.frame = { fd, address, length: 0, offset: 0, flags: 0 };
    this.dest = dest === undefined ? 0 : this.#write(dest);
    this.#used = Math.ceil(this.#used / ALIGNMENT) * ALIGNMENT;
    this.extra = this.#block.address + this.#used;
  }

  /** A view of the memory asked for. Copy out of it: it goes back to the pool. */
  bytes(byteLength: number): Uint8Array {
    return this.#block.bytes.subarray(this.#used, this.#used + byteLength);
  }

  /**
   * Makes the call, as often as it is interrupted.
   * @returns a result `>= 0`, or one of the `-errno`s that are `expected`
   * @throws (rejects) SystemError with the paths; the reason of an abort
   */
  async run(
    kind: OperationKind,
    options?: WaitOptions,
    discard?: (result: number) => void,
  ): Promise<number> {
    const result = await this.result(kind, options, discard);
    if (result < 0) throw this.error(result);
    return result;
  }

  /** As {@link run}, with `-errno` for a failure. */
  result(
    kind: OperationKind,
    options?: WaitOptions,
    discard?: (result: number) => void,
  ): number | Promise<number> {
    checkSignal(options);
    const descriptor = this.#descriptor;
    return perform(this.runtime, kind, this.frame, { descriptor, options, discard });
  }

  /** The error for a failure of this call. */
  error(result: number): Error {
    const isOwn = this.#shown === undefined;
    const path = pathText(this.#shown ?? this.#path);
    const dest = isOwn && this.#destPath !== undefined ? pathText(this.#destPath) : undefined;
    return fileError(this.runtime, this.#syscall, result, { path, dest });
  }

  [Symbol.dispose](): void {
    this.runtime.driver.sendPool.give(this.#block);
  }

  #spaceFor(path: string | Uint8Array): number {
    const byteLength = typeof path === "string" ? Buffer.byteLength(path) : path.byteLength;
    if (byteLength > PATH_BYTES_MAX) throw this.error(-ENAMETOOLONG);
    return byteLength + 1;
  }

  #write(path: string | Uint8Array): number {
    const start = this.#used;
    const { bytes, address } = this.#block;
    let end = start;
    if (typeof path === "string") {
      end += encoder.encodeInto(path, start === 0 ? bytes : bytes.subarray(start)).written;
    } else {
      bytes.set(path, start);
      end += path.byteLength;
    }
    bytes[end] = 0;
    this.#used = end + 1;
    return address + start;
  }
}
