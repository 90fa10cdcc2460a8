import type { DriverCounters, OperationFrame, OperationKind } from "@bascule/core";
import {
  AF_UNIX,
  getSocketOption,
  IORING_OP_CONNECT,
  IORING_OP_SHUTDOWN,
  SOL_SOCKET,
} from "@bascule/sys";

const SO_DOMAIN = 39;

/**
 * Whether an operation never waits and is better called directly:
 *
 * - shutdown(2): the ring always hands it to a worker thread (30 µs instead of 1.5);
 * - connect(2) of a Unix socket: while the listener's backlog is full the ring tries it over and
 *   over at full speed, since the socket always polls as writable, and never completes it. The
 *   direct call says EAGAIN, as on the reactor.
 */
export function neverWaits(
  kind: OperationKind,
  frame: OperationFrame,
  counters: DriverCounters,
): boolean {
  if (kind.opcode === IORING_OP_SHUTDOWN) return true;
  if (kind.opcode !== IORING_OP_CONNECT) return false;
  counters.systemCalls++;
  return getSocketOption(frame.fd, SOL_SOCKET, SO_DOMAIN) === AF_UNIX;
}
