import { O_CLOEXEC, O_NONBLOCK } from "./descriptors.ts";
import { libc, orErrno } from "./libc.ts";
import { SYS } from "./system-calls.ts";

/** What to watch for, and what happened. */
export const IN_ACCESS = 0x1;
export const IN_MODIFY = 0x2;
export const IN_ATTRIB = 0x4;
export const IN_CLOSE_WRITE = 0x8;
export const IN_MOVED_FROM = 0x40;
export const IN_MOVED_TO = 0x80;
export const IN_CREATE = 0x100;
export const IN_DELETE = 0x200;
export const IN_DELETE_SELF = 0x400;
export const IN_MOVE_SELF = 0x800;
/** Only told, never asked for. */
export const IN_UNMOUNT = 0x2000;
export const IN_Q_OVERFLOW = 0x4000;
export const IN_IGNORED = 0x8000;
export const IN_ISDIR = 0x40000000;
/** How to watch. */
export const IN_ONLYDIR = 0x1000000;
export const IN_DONT_FOLLOW = 0x2000000;

/** Bytes that hold at least one event, with the longest name there is. */
export const INOTIFY_EVENT_BYTES_MAX: number = 16 + 256;

/** One thing that happened. */
export interface InotifyEvent {
  /** Which watch saw it; -1 when events were lost (`IN_Q_OVERFLOW`). */
  readonly watch: number;
  readonly mask: number;
  /** The same for the two halves of a rename. */
  readonly cookie: number;
  /** The name inside the watched directory, as bytes; empty when it is about the watched thing. */
  readonly name: Uint8Array;
}

/**
 * A non-blocking inotify descriptor, closed on exec: inotify_init1(2). Read it with the `read`
 * kind. Or `-errno`: `-EMFILE` when the user has too many of them.
 */
export function createInotify(): number {
  return orErrno(libc().syscall(SYS.inotify_init1, O_NONBLOCK | O_CLOEXEC, 0, 0, 0, 0, 0));
}

/**
 * Watches a path, which is at `path` in memory and ends in a null byte: inotify_add_watch(2).
 * Returns the watch's number, or `-errno`: `-ENOSPC` when the user has too many watches.
 */
export function addInotifyWatch(fd: number, path: number, mask: number): number {
  return orErrno(libc().syscall(SYS.inotify_add_watch, fd, path, mask, 0, 0, 0));
}

/** Ends a watch: inotify_rm_watch(2). */
export function removeInotifyWatch(fd: number, watch: number): number {
  return orErrno(libc().syscall(SYS.inotify_rm_watch, fd, watch, 0, 0, 0, 0));
}

/** Takes apart what a read of an inotify descriptor filled in, `length` bytes of it. */
export function decodeInotifyEvents(bytes: Uint8Array, length: number): InotifyEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const events: InotifyEvent[] = [];
  for (let at = 0; at + 16 <= length;) {
    const next = at + 16 + view.getUint32(at + 12, true);
    const end = bytes.subarray(0, next).indexOf(0, at + 16);
    events.push({
      watch: view.getInt32(at, true),
      mask: view.getUint32(at + 4, true),
      cookie: view.getUint32(at + 8, true),
      name: bytes.slice(at + 16, end < 0 ? next : end),
    });
    at = next;
  }
  return events;
}
