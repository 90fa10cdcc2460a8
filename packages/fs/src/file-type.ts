import type { OperationFrame, Runtime } from "@bascule/core";
import {
  AT_EMPTY_PATH,
  S_IFCHR,
  S_IFIFO,
  S_IFMT,
  S_IFSOCK,
  STATX_BASIC_STATS,
  STATX_BYTES,
  statAt,
} from "@bascule/sys";
import { attempt } from "./system.ts";

/** Ask nobody else: the file is open, so its type is known here. */
const AT_STATX_DONT_SYNC = 0x4000;
const MODE_AT = 28;
const SIZE_AT = 40;
const SIZE_BYTES = 8;
const EMPTY_PATH_AT = STATX_BYTES;
const UNKNOWN: FileType = { type: 0, size: 0 };

/** What an open file is. */
export interface FileType {
  /** One of `S_IF*`; 0 when it cannot be told. */
  readonly type: number;
  readonly size: number;
}

/** The type and size of an open file. They are in memory, so this does not wait. */
export function typeOfDescriptor(runtime: Runtime, fd: number): FileType {
  const { sendPool } = runtime.driver;
  const block = sendPool.take(STATX_BYTES + 1);
  block.bytes[EMPTY_PATH_AT] = 0;
  const frame: OperationFrame = {
    fd,
    address: block.address + EMPTY_PATH_AT,
    length: STATX_BASIC_STATS,
    offset: block.address,
    flags: AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
  };
  const result = attempt(runtime, statAt, frame);
  const { bytes } = block;
  const mode = (bytes[MODE_AT] ?? 0) | ((bytes[MODE_AT + 1] ?? 0) << 8);
  let size = 0;
  for (let index = SIZE_BYTES - 1; index >= 0; index--) {
    size = size * 256 + (bytes[SIZE_AT + index] ?? 0);
  }
  sendPool.give(block);
  return result < 0 ? UNKNOWN : { type: mode & S_IFMT, size };
}

/** Whether a descriptor is a FIFO, a device or a socket: something to wait for. */
export function isStreamDescriptor(runtime: Runtime, fd: number): boolean {
  const { type } = typeOfDescriptor(runtime, fd);
  return type === S_IFIFO || type === S_IFCHR || type === S_IFSOCK;
}
