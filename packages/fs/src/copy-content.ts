import type { OperationFrame, Runtime, WaitOptions } from "@bascule/core";
import { copyRange, EINVAL, ENOSYS, EOPNOTSUPP, EPERM, EXDEV, truncateAt } from "@bascule/sys";
import { noteBytesWritten } from "./errors.ts";
import type { OpenFile } from "./open-file.ts";
import { perform, type Surroundings } from "./perform.ts";

/** How much is copied in one call: an abort comes through in between. */
const STRETCH_BYTES = 16 << 20;
const CHUNK_BYTES = 1 << 20;

interface CopyOptions extends WaitOptions {
  onProgress?: ((progress: { bytesCopied: number; bytesTotal: number }) => void) | undefined;
}

/** Replaces what is in `target` by what is in `source`, which says that it has `size` bytes. */
export async function copyContent(
  source: OpenFile,
  target: OpenFile,
  size: number,
  options: CopyOptions,
): Promise<void> {
  let copied = 0;
  const report = (count: number): void => {
    copied += count;
    options.onProgress?.({ bytesCopied: copied, bytesTotal: Math.max(size, copied) });
  };
  try {
    const isStream = source.isStream || target.isStream;
    if (!isStream) await target.call("ftruncate", truncateAt, { offset: 0 }, options);
    const done = size > 0 && !isStream && (await copyInKernel(source, target, options, report));
    if (!done) await copyThroughMemory(source, target, options, report);
  } catch (error) {
    noteBytesWritten(error, copied);
    throw error;
  }
}

/** @returns false when the kernel cannot copy between these two, and nothing has been copied */
async function copyInKernel(
  source: OpenFile,
  target: OpenFile,
  options: WaitOptions,
  report: (count: number) => void,
): Promise<boolean> {
  const { runtime, descriptor } = source;
  let copied = 0;
  for (;;) {
    const frame = {
      fd: descriptor.fd,
      address: 0,
      length: STRETCH_BYTES,
      offset: 0,
      flags: target.descriptor.fd,
    };
    const result = await copyStretch(runtime, frame, { descriptor, options }, report);
    // A file that says nothing of its size to the kernel's copy may have content all the same.
    if (result === 0) return copied > 0;
    if (result < 0) {
      if (copied === 0 && cannotCopy(result)) return false;
      throw target.error("copyfile", result);
    }
    copied += result;
    report(result);
  }
}

/** What the kernel copied all the same, after an abort, is reported as well. */
async function copyStretch(
  runtime: Runtime,
  frame: OperationFrame,
  surroundings: Surroundings,
  report: (count: number) => void,
): Promise<number> {
  let late = 0;
  const discard = (result: number): void => {
    late += result;
  };
  try {
    return await perform(runtime, copyRange, frame, { ...surroundings, discard });
  } finally {
    if (late > 0) report(late);
  }
}

function cannotCopy(result: number): boolean {
  switch (-result) {
    case EXDEV:
    case EINVAL:
    case ENOSYS:
    case EOPNOTSUPP:
    case EPERM:
      return true;
    default:
      return false;
  }
}

async function copyThroughMemory(
  source: OpenFile,
  target: OpenFile,
  options: WaitOptions,
  report: (count: number) => void,
): Promise<void> {
  const buffer = new ArrayBuffer(CHUNK_BYTES);
  const bytes = new Uint8Array(buffer);
  for (;;) {
    const count = await source.readInto(bytes, -1, options);
    if (count === 0) return;
    const whole = count === CHUNK_BYTES ? buffer : null;
    try {
      await target.writeAll(bytes.subarray(0, count), whole, -1, options);
    } catch (error) {
      // The beginning of the chunk may have gone out: a disk is full somewhere in the middle.
      report((error as { bytesWritten?: number } | undefined)?.bytesWritten ?? 0);
      throw error;
    }
    report(count);
  }
}
