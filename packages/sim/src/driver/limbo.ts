import { type System, type SystemAddress, WOULD_BLOCK } from "@bascule/core";

const NOWHERE: SystemAddress = { family: "IPv4", address: "0.0.0.0", port: 0 };

/**
 * The kernel of a host that has crashed. Its programs may be resumed by something that was never
 * the host's, a promise or a lock in memory: what they call at once then seems to be done and is
 * not, so that they come to their next wait, which never ends.
 */
export const limbo: System = {
  createSocket: () => 0,
  bindSocket: () => 0,
  listenSocket: () => 0,
  localAddress: () => NOWHERE,
  peerAddress: () => NOWHERE,
  shutdownSocket: () => 0,
  setSocketOption: () => 0,
  setMembership: () => 0,
  setKeepAlive: () => 0,
  setLinger: () => 0,
  closeDescriptor: () => 0,
  statusFlags: () => 0,
  setStatusFlags: () => 0,
  movePosition: () => 0,
  addressOf: () => 0,
  attempt: () => WOULD_BLOCK,
  lookup: () => new Promise(() => undefined),
  setFileMode: () => undefined,
  removeFile: () => undefined,
  socketFile: () => null,
};
