import { type Node, S_IFMT } from "./node.ts";

/** Bytes of `struct statx`. */
export const STATX_BYTES = 256;
const BLOCK_BYTES = 512;
const PAGE_BYTES = 4096;
const STATX_ALL = 0xfff;
/** Number, position and length come before the type; the name after it. */
const NAME_AT = 19;
const ALIGNMENT = 8;
/** The types of entries are those of modes in this unit: DT_DIR is S_IFDIR divided by it. */
const TYPE_UNIT = 4096;

/** Writes `struct statx`. */
export function writeStatus(bytes: Uint8Array, node: Node): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, STATX_BYTES);
  bytes.fill(0, 0, STATX_BYTES);
  view.setUint32(0, STATX_ALL, true);
  view.setUint32(4, PAGE_BYTES, true);
  view.setUint32(16, linksOf(node), true);
  view.setUint16(28, node.mode, true);
  view.setBigUint64(32, BigInt(node.inode), true);
  view.setBigUint64(40, BigInt(node.size), true);
  const blocks = Math.ceil(node.size / PAGE_BYTES) * (PAGE_BYTES / BLOCK_BYTES);
  view.setBigUint64(48, BigInt(node.data === null ? 0 : blocks), true);
  const { accessedMs, bornMs, changedMs, modifiedMs } = node.times;
  [accessedMs, bornMs, changedMs, modifiedMs].forEach((ms, index) => {
    const seconds = Math.floor(ms / 1000);
    view.setBigInt64(64 + 16 * index, BigInt(seconds), true);
    view.setUint32(72 + 16 * index, Math.round((ms - seconds * 1000) * 1e6), true);
  });
  view.setUint32(136, 0, true);
  view.setUint32(140, 1, true);
}

/** A directory has a link in itself and in each directory within, as on ext4 and tmpfs. */
function linksOf({ entries, links }: Node): number {
  if (entries === null || links === 0) return links;
  let count = links + 1;
  for (const node of entries.values()) if (node.isDirectory) count++;
  return count;
}

/** Reads two `struct timespec`; null where the time stays as it is. */
export function readTimes(bytes: Uint8Array, nowMs: number): [number | null, number | null] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 32);
  const at = (offset: number): number | null => {
    const nanoseconds = Number(view.getBigInt64(offset + 8, true));
    if (nanoseconds === 0x3fffffff) return nowMs;
    if (nanoseconds === 0x3ffffffe) return null;
    return Number(view.getBigInt64(offset, true)) * 1000 + nanoseconds / 1e6;
  };
  return [at(0), at(16)];
}

/** Writes `struct linux_dirent64`. @returns its length, 0 when there is no room for it */
export function writeEntry(bytes: Uint8Array, at: number, name: string, node: Node): number {
  const length = Math.ceil((NAME_AT + name.length + 1) / ALIGNMENT) * ALIGNMENT;
  if (at + length > bytes.byteLength) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, length);
  view.setBigUint64(0, BigInt(node.inode), true);
  view.setBigInt64(8, 0n, true);
  view.setUint16(16, length, true);
  view.setUint8(18, (node.mode & S_IFMT) / TYPE_UNIT);
  bytes.fill(0, at + NAME_AT, at + length);
  for (let i = 0; i < name.length; i++) bytes[at + NAME_AT + i] = name.charCodeAt(i);
  return length;
}
