import type { System } from "@bascule/core";
import type { ScriptedKernel } from "./scripted-kernel.ts";

const LOOPBACK = { family: "IPv4", address: "127.0.0.1", port: 7 } as const;

/** The synchronous calls of a kernel that is played: they succeed. */
export function scriptedSystem(kernel: ScriptedKernel): System {
  return {
    createSocket: () => kernel.openDescriptor(),
    bindSocket: () => 0,
    listenSocket: () => 0,
    localAddress: () => LOOPBACK,
    peerAddress: () => LOOPBACK,
    shutdownSocket: () => 0,
    setSocketOption: () => 0,
    setMembership: () => 0,
    setKeepAlive: () => 0,
    setLinger: () => 0,
    closeDescriptor: (fd) => {
      kernel.closeNumber(fd);
      return 0;
    },
    statusFlags: () => 0,
    setStatusFlags: () => 0,
    movePosition: () => 0,
    addressOf: (buffer) => kernel.memory.place(new Uint8Array(buffer)),
    attempt: (kind) => unplayed(kind.name),
    lookup: (hostname) => unplayed(`look-up of ${hostname}`),
    setFileMode: () => unplayed("mode"),
    removeFile: () => unplayed("file"),
    socketFile: () => unplayed("file"),
  };
}

function unplayed(what: string): never {
  throw new Error(`the kernel that is played has no ${what}`);
}
