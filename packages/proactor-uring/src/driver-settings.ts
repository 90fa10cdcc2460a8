import { BLOCKING_THREADS_DEFAULT } from "@bascule/sys";
import { Canaries, type DriverOptions } from "@bascule/core";
import { type Feature, parseWithout } from "./features.ts";

const QUEUE_ENTRIES = 1024;
const QUEUE_ENTRIES_MAX = 32768;
/**
 * Measured: small messages cost the same in any size, bulk half as much per byte as in 4 KiB. Small
 * messages touch one page of each buffer, so that the pool then takes 2 MiB of its 8.
 */
const RECEIVE_BUFFERS = 512;
const RECEIVE_BUFFERS_MIN = 16;
const RECEIVE_BUFFERS_MAX = 32768;
const RECEIVE_BUFFER_BYTES = 16384;
/** All buffers are one mapping. */
const RECEIVE_BYTES_MAX = 0x7fffffff;

/** `DriverOptions` with every default filled in. */
export interface DriverSettings {
  readonly queueEntries: number;
  readonly receiveBuffers: number;
  readonly receiveBufferBytes: number;
  readonly blockingThreads: number;
  readonly without: ReadonlySet<Feature>;
  readonly canaries: Canaries | null;
}

/**
 * Fills in the defaults.
 * @throws {RangeError} when a number is not what the kernel takes, or a feature is unknown
 */
export function readSettings(options: DriverOptions): DriverSettings {
  const {
    queueEntries = QUEUE_ENTRIES,
    receiveBuffers = RECEIVE_BUFFERS,
    receiveBufferBytes = RECEIVE_BUFFER_BYTES,
    blockingThreads = BLOCKING_THREADS_DEFAULT,
    without = [],
  } = options;
  requirePowerOfTwo("queueEntries", queueEntries, 1, QUEUE_ENTRIES_MAX);
  requirePowerOfTwo("receiveBuffers", receiveBuffers, RECEIVE_BUFFERS_MIN, RECEIVE_BUFFERS_MAX);
  const bytesMax = Math.floor(RECEIVE_BYTES_MAX / receiveBuffers);
  const fits = Number.isInteger(receiveBufferBytes) && receiveBufferBytes <= bytesMax;
  if (!fits || receiveBufferBytes < 1) {
    throw new RangeError(
      `Cannot make a uring driver: "receiveBufferBytes" must be 1 to ${bytesMax}: ` +
        `${receiveBufferBytes}`,
    );
  }
  if (!Number.isInteger(blockingThreads) || blockingThreads < 1 || blockingThreads > 64) {
    throw new RangeError(
      `Cannot make a uring driver: "blockingThreads" must be 1 to 64: ${blockingThreads}`,
    );
  }
  const excluded = parseWithout(without);
  const canaries = Canaries.from(options);
  const sizes = { queueEntries, receiveBuffers, receiveBufferBytes, blockingThreads };
  return { ...sizes, without: excluded, canaries };
}

function requirePowerOfTwo(name: string, value: number, min: number, max: number): void {
  const isPower = Number.isInteger(value) && value > 0 && (value & (value - 1)) === 0;
  if (isPower && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot make a uring driver: "${name}" must be a power of two from ${min} to ${max}: ${value}`,
  );
}
