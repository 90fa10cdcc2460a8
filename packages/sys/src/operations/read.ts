import { libc, orErrno } from "../libc.ts";
import {
  defineOperation,
  NO_OPCODE,
  READINESS_READABLE,
  READINESS_WRITABLE,
  WOULD_BLOCK,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";
import { poll, POLLIN, POLLOUT } from "./poll.ts";
import { AGAIN, INTERRUPTED } from "./results.ts";

const polled: OperationFrame = { fd: -1, address: 0, length: 0, offset: 0, flags: 0 };

/** Whether a descriptor is ready: what poll(2) says, or WOULD_BLOCK, or `-errno`. */
function look(fd: number, events: number): number {
  polled.fd = fd;
  polled.flags = events;
  return poll.attempt(polled);
}

/** What a read or a write came back with. */
function judge(result: number): number {
  return result === AGAIN || result === INTERRUPTED ? WOULD_BLOCK : result;
}

/**
 * Reads from a FIFO, a terminal or an inotify descriptor once there is something to read: poll(2)
 * and read(2). Regular files are always ready: use `readAt` for them. `address` and `length` are
 * the memory. 0 is the end: of a FIFO, once somebody has written to it and nobody does any more.
 * Nobody else should read from the same open file at the same time unless it is non-blocking.
 */
export const read: OperationKind = defineOperation({
  name: "read",
  opcode: NO_OPCODE,
  readiness: READINESS_READABLE,
  attempt(frame) {
    const ready = look(frame.fd, POLLIN);
    return ready < 0 ? ready : judge(orErrno(libc().read(frame.fd, frame.address, frame.length)));
  },
  encode: encodePoll,
  simulate(machine, { fd, address, length }) {
    return machine.read(fd, address, length, -1);
  },
});

/**
 * Writes to a FIFO or a terminal once there is room. `address` and `length` are the bytes; make the
 * open file non-blocking (`O_NONBLOCK`), or a write of more than 4096 bytes may wait for the
 * reader.
 */
export const write: OperationKind = defineOperation({
  name: "write",
  opcode: NO_OPCODE,
  readiness: READINESS_WRITABLE,
  attempt(frame) {
    const ready = look(frame.fd, POLLOUT);
    return ready < 0 ? ready : judge(orErrno(libc().write(frame.fd, frame.address, frame.length)));
  },
  encode: encodePoll,
  simulate(machine, { fd, address, length }) {
    return machine.write(fd, address, length, -1);
  },
});

/** The ring only waits: the driver makes the call when the descriptor is ready. */
function encodePoll(entries: Int32Array, base: number, frame: OperationFrame): void {
  poll.oneshot?.encode(entries, base, frame);
}
