import type { Capability } from "@bascule/core";

/** What a reactor can do, in words for a person. */
export function capabilitiesOf(
  signalIsNative: boolean,
  blockingThreads: number,
): readonly Capability[] {
  return [
    { name: "readiness", support: "native", detail: "edge-triggered epoll" },
    {
      name: "multishot accept and recv",
      support: "emulated",
      detail: "repeated until the socket would block, at most 16 times in one turn",
    },
    {
      name: "receive buffer selection",
      support: "emulated",
      detail: "a buffer is chosen when the bytes are there",
    },
    signalIsNative
      ? { name: "host wake-up", support: "native", detail: "Linux AIO poll on the epoll set" }
      : {
          name: "host wake-up",
          support: "emulated",
          detail: "Linux AIO is not available: a helper thread waits on the epoll set",
        },
    {
      name: "file operations",
      support: "emulated",
      detail:
        "from memory where that does not wait; " +
        `otherwise made by at most ${blockingThreads} threads`,
    },
  ];
}
