import type { DriverOptions } from "@bascule/core";
import { BLOCKING_THREADS_DEFAULT } from "@bascule/sys";
import { RECEIVE_BUFFER_BYTES_DEFAULT, RECEIVE_BUFFERS_DEFAULT } from "./receive-buffers.ts";

/**
 * Few enough that what their sockets touch stays in the processor's cache until all have gone on.
 */
const QUEUE_ENTRIES_DEFAULT = 64;
const MAPPING_BYTES_MAX = 0x7fffffff;

/** Options with every default filled in. */
export interface CheckedOptions {
  readonly queueEntries: number;
  readonly receiveBuffers: number;
  readonly receiveBufferBytes: number;
  readonly blockingThreads: number;
  readonly without: readonly string[];
}

/**
 * @throws {RangeError} when a size is out of its range, or not a power of two where it must be one
 */
export function checkOptions(options: DriverOptions): CheckedOptions {
  const checked: CheckedOptions = {
    queueEntries: options.queueEntries ?? QUEUE_ENTRIES_DEFAULT,
    receiveBuffers: options.receiveBuffers ?? RECEIVE_BUFFERS_DEFAULT,
    receiveBufferBytes: options.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES_DEFAULT,
    blockingThreads: options.blockingThreads ?? BLOCKING_THREADS_DEFAULT,
    without: options.without ?? [],
  };
  const { queueEntries, receiveBuffers, receiveBufferBytes } = checked;
  checkPowerOfTwo("queueEntries", queueEntries, 1);
  checkPowerOfTwo("receiveBuffers", receiveBuffers, 16);
  const bytesMax = Math.floor(MAPPING_BYTES_MAX / receiveBuffers);
  const fits = Number.isInteger(receiveBufferBytes) && receiveBufferBytes <= bytesMax;
  if (!fits || receiveBufferBytes < 1) {
    throw new RangeError(
      `Cannot create driver: receiveBufferBytes must be 1 to ${bytesMax}: "${receiveBufferBytes}"`,
    );
  }
  const { blockingThreads } = checked;
  if (!Number.isInteger(blockingThreads) || blockingThreads < 1 || blockingThreads > 64) {
    throw new RangeError(
      `Cannot create driver: blockingThreads must be 1 to 64: "${blockingThreads}"`,
    );
  }
  return checked;
}

function checkPowerOfTwo(name: string, value: number, min: number): void {
  const valid = Number.isInteger(value) && value >= min && value <= 32768;
  if (valid && (value & (value - 1)) === 0) return;
  throw new RangeError(
    `Cannot create driver: ${name} must be a power of two from ${min} to 32768: "${value}"`,
  );
}
