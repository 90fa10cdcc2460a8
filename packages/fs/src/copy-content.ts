import {
  noteBytesWritten,
  type OperationFrame,
  type OperationKind,
  type WaitOptions,
} from "@bascule/core";
import {
  copyRange,
  EINVAL,
  ENOSYS,
  ENXIO,
  EOPNOTSUPP,
  EPERM,
  EXDEV,
  SEEK_DATA,
  SEEK_HOLE,
  seekAt,
  truncateAt,
} from "@bascule/sys";
import type { OpenFile } from "./open-file.ts";
import { perform } from "./perform.ts";
import { statDescriptor } from "./stat.ts";
import type { Stats } from "./stats.ts";
import { systemOf } from "./system.ts";

/** How much is copied in one call: an abort comes through in between. */
const STRETCH_BYTES = 16 << 20;
const CHUNK_BYTES = 1 << 20;
/** What `Stats.blocks` counts in, whatever the file system's own blocks are. */
const BLOCK_BYTES = 512;

interface CopyOptions extends WaitOptions {
  onProgress?: ((progress: { bytesCopied: number; bytesTotal: number }) => void) | undefined;
}

/** Replaces what is in `target` by what is in `source`, which `stats` tells about. */
export async function copyContent(
  source: OpenFile,
  target: OpenFile,
  stats: Stats,
  options: CopyOptions,
): Promise<void> {
  const copy = new ContentCopy(source, target, stats, options);
  try {
    await copy.run();
  } catch (error) {
    noteBytesWritten(error, copy.copied);
    throw error;
  }
}

/**
 * Copies at the own positions of both files, which are at the same place between two stretches.
 * Holes stay holes: their bytes count as copied together with what comes after them.
 */
class ContentCopy {
  /** How far the target is as the source was: its size. */
  copied: number = 0;
  readonly #source: OpenFile;
  readonly #target: OpenFile;
  readonly #stats: Stats;
  readonly #options: CopyOptions;
  readonly #isStream: boolean;
  /** Whether the kernel may be able to copy between these two. */
  #isForKernel: boolean;
  /** Present once bytes go through memory. */
  #chunk: ArrayBuffer | null = null;

  constructor(source: OpenFile, target: OpenFile, stats: Stats, options: CopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#stats = stats;
    this.#options = options;
    this.#isStream = source.isStream || target.isStream;
    this.#isForKernel = stats.size > 0 && !this.#isStream;
  }

  async run(): Promise<void> {
    const { size, blocks } = this.#stats;
    if (!this.#isStream) await this.#resize(0);
    // To look for holes takes a thread two calls for each: for most files they would be in vain.
    if (this.#isForKernel && blocks * BLOCK_BYTES < size) await this.#copyAroundHoles();
    else await this.#copyStretch(Number.POSITIVE_INFINITY);
  }

  async #copyAroundHoles(): Promise<void> {
    const system = systemOf(this.#source.runtime);
    for (;;) {
      const at = this.copied;
      let data = await this.#seek(at, SEEK_DATA);
      if (data === -ENXIO) {
        data = await this.#extendOverHole();
        if (data === -ENXIO) return;
      }
      // A file system that knows of no holes.
      if (data < 0) return await this.#copyStretch(Number.POSITIVE_INFINITY);
      const hole = await this.#seek(data, SEEK_HOLE);
      const length = hole > data ? hole - data : Number.POSITIVE_INFINITY;
      if (hole > data) system.movePosition(this.#source.descriptor.fd, data - hole);
      system.movePosition(this.#target.descriptor.fd, data - at);
      await this.#copyStretch(length, data);
      // It has been cut off before the data that was there, or there never was any, as in sysfs.
      if (this.copied === at) return void (await this.#extendOverHole());
    }
  }

  /** Extends the target when no data follows. @returns where some does; `-ENXIO` for nowhere */
  async #extendOverHole(): Promise<number> {
    const { runtime, descriptor } = this.#source;
    const { size } = await statDescriptor(runtime, descriptor, { signal: this.#options.signal });
    // In this order: what is appended meanwhile is no hole.
    const data = await this.#seek(this.copied, SEEK_DATA);
    if (data === -ENXIO && size > this.copied) await this.#resize(size);
    return data;
  }

  /** Copies so many bytes from the files' positions, which is `start`, or to the source's end. */
  async #copyStretch(length: number, start: number = this.copied): Promise<void> {
    const isDone = this.#isForKernel && (await this.#copyInKernel(length, start));
    if (!isDone) await this.#copyThroughMemory(length, start);
  }

  /** @returns false when the kernel has copied nothing: there may be something all the same */
  async #copyInKernel(length: number, start: number): Promise<boolean> {
    let at = start;
    const end = start + length;
    while (at < end) {
      const frame = {
        length: Math.min(STRETCH_BYTES, end - at),
        flags: this.#target.descriptor.fd,
      };
      // What the kernel copied all the same, after an abort, is reported as well.
      let late = 0;
      let result: number;
      try {
        result = await this.#perform(copyRange, frame, (count) => {
          late += count;
        });
      } finally {
        if (late > 0) this.#report(at + late);
      }
      // A file that says nothing of its size to the kernel's copy may have content all the same.
      if (result === 0) return at > start;
      if (result < 0) {
        if (at > start || !cannotCopy(result)) throw this.#target.error("copyfile", result);
        this.#isForKernel = false;
        return false;
      }
      at += result;
      this.#report(at);
    }
    return true;
  }

  async #copyThroughMemory(length: number, start: number): Promise<void> {
    const buffer = (this.#chunk ??= new ArrayBuffer(CHUNK_BYTES));
    let at = start;
    const end = start + length;
    while (at < end) {
      const room = new Uint8Array(buffer, 0, Math.min(CHUNK_BYTES, end - at));
      const count = await this.#source.readInto(room, -1, this.#options);
      if (count === 0) return;
      const whole = count === CHUNK_BYTES ? buffer : null;
      try {
        await this.#target.writeAll(room.subarray(0, count), whole, -1, this.#options);
      } catch (error) {
        // The beginning of the chunk may have gone out: a disk is full somewhere in the middle.
        const written = (error as { bytesWritten?: number } | undefined)?.bytesWritten ?? 0;
        if (written > 0) this.#report(at + written);
        throw error;
      }
      at += count;
      this.#report(at);
    }
  }

  /** @returns the source's new position, or `-errno`: then it has not moved */
  async #seek(offset: number, whence: number): Promise<number> {
    return await this.#perform(seekAt, { offset, flags: whence });
  }

  async #perform(
    kind: OperationKind,
    fields: Partial<OperationFrame>,
    discard?: (result: number) => void,
  ): Promise<number> {
    const { runtime, descriptor } = this.#source;
    const frame = { fd: descriptor.fd, address: 0, length: 0, offset: 0, flags: 0, ...fields };
    return await perform(runtime, kind, frame, { descriptor, options: this.#options, discard });
  }

  /** Cuts the target off, or extends it by a hole. */
  async #resize(size: number): Promise<void> {
    await this.#target.call("ftruncate", truncateAt, { offset: size }, this.#options);
    if (size > 0) this.#report(size);
  }

  #report(copied: number): void {
    this.copied = copied;
    const { size } = this.#stats;
    this.#options.onProgress?.({ bytesCopied: copied, bytesTotal: Math.max(size, copied) });
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
