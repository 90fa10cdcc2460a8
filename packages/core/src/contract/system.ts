import type { OperationFrame, OperationKind } from "./operation-kind.ts";

/** An address of IPv4 or of IPv6, as `@bascule/sys` has it. */
export interface InternetSystemAddress {
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
  readonly port: number;
}

/** An address as `@bascule/sys` has it: of IPv4, of IPv6 or a Unix socket's. */
export type SystemAddress =
  InternetSystemAddress | { readonly family: "unix"; readonly path: string };

/**
 * The system calls that are made at once, without an operation: they never wait. A driver brings
 * its own when it stands for another kernel than this machine's, as the simulation does; for all
 * others `net` and `fs` call `@bascule/sys`.
 *
 * Names and results are those of `@bascule/sys`: `>= 0`, or `-errno`.
 */
export interface System {
  createSocket(family: number, type: number): number;
  bindSocket(fd: number, address: SystemAddress): number;
  listenSocket(fd: number, backlog: number): number;
  localAddress(fd: number): SystemAddress | number;
  peerAddress(fd: number): SystemAddress | number;
  shutdownSocket(fd: number, how: number): number;
  setSocketOption(fd: number, level: number, option: number, value: number): number;
  /** Has a socket receive what is sent to a multicast group, or not any more. */
  setMembership(
    fd: number,
    joins: boolean,
    group: InternetSystemAddress,
    through: InternetSystemAddress | null,
  ): number;
  setKeepAlive(
    fd: number,
    options:
      | {
          readonly idleSeconds?: number;
          readonly intervalSeconds?: number;
          readonly count?: number;
        }
      | false,
  ): number;
  setLinger(fd: number, seconds: number | null): number;
  /** Closes a descriptor that no operation holds, and that no `Descriptor` owns. */
  closeDescriptor(fd: number): number;
  statusFlags(fd: number): number;
  setStatusFlags(fd: number, flags: number): number;
  movePosition(fd: number, by: number): number;
  /** Where a buffer of the program is, for operations that are given it. */
  addressOf(buffer: ArrayBuffer): number;
  /** Makes an operation's call at once; WOULD_BLOCK when that is not possible just now. */
  attempt(kind: OperationKind, frame: OperationFrame): number;
  /** The IP addresses of a name. Rejects, and the calls below throw, with Node's `code`. */
  lookup(hostname: string): Promise<readonly { address: string; family: number }[]>;
  /** Sets the permissions of a Unix socket's file. */
  setFileMode(path: string, mode: number): void;
  /** Removes a Unix socket's file. */
  removeFile(path: string): void;
  /**
   * Names the Unix socket's file at a path: the same name as long as it is the same file, whatever
   * becomes of its permissions. Null when the path is something else.
   */
  socketFile(path: string): string | null;
}
