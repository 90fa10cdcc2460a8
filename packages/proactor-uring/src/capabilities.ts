import type { Capability } from "@bascule/core";
import { FILE_OPCODES } from "./features.ts";
import type { SetupStep } from "./ring-setup.ts";

/** What was found out about the kernel, or switched off. */
export interface Found {
  readonly step: SetupStep;
  readonly queueEntries: number;
  readonly bufferRing: boolean;
  readonly recv: boolean;
  readonly accept: boolean;
  readonly timedWait: boolean;
  readonly silentSends: boolean;
  /** By opcode: 1 where the ring has the operation. */
  readonly opcodes: Uint8Array;
  readonly blockingThreads: number;
}

/** What the driver can do here, in words for a person. */
export function describe(found: Found): readonly Capability[] {
  const { step, queueEntries, bufferRing, recv, accept, timedWait, silentSends } = found;
  return [
    {
      name: "completions",
      support: "native",
      detail:
        `${step.detail} (ring of ${queueEntries} entries, ` +
        `set up as Linux ${step.since} allows)`,
    },
    either(
      "receive into pooled buffers",
      bufferRing,
      "the kernel picks a buffer when data has come",
      "no buffer ring (Linux 5.19, some locked memory): waits for readiness, then calls recv(2)",
    ),
    either(
      "multishot recv",
      bufferRing && recv,
      "one submission receives until the end of the stream",
      "no multishot recv (Linux 6.0): submitted again for each receive",
    ),
    either(
      "multishot accept",
      accept,
      "one submission accepts until it is cancelled",
      "no multishot accept (Linux 5.19): submitted again for each connection",
    ),
    either(
      "silent sends",
      silentSends,
      "a small send completes only when the socket has no room for it",
      "no sends without completions (Linux 5.17): every send is an operation that completes",
    ),
    either(
      "timed wait",
      timedWait,
      "the wait takes its time-out along",
      "no time-out in io_uring_enter (Linux 5.11): a timer ends the wait",
    ),
    {
      name: "shutdown, connect of Unix sockets",
      support: "emulated",
      detail: "called directly: they never wait, and the ring would cost a thread or spin",
    },
    describeFiles(found),
  ];
}

function describeFiles({ opcodes, blockingThreads }: Found): Capability {
  const missing = FILE_OPCODES.filter(([, opcode]) => opcodes[opcode] !== 1).map(([name]) => name);
  const lacks = missing.length === 0 ? "" : `, as ${missing.join(", ")} here`;
  return {
    name: "file operations",
    support: missing.length === FILE_OPCODES.length ? "emulated" : "native",
    detail:
      "by the ring; what it has no operation for (directories, permissions, times" +
      `${lacks}) is called by at most ${blockingThreads} threads`,
  };
}

function either(name: string, native: boolean, asNative: string, otherwise: string): Capability {
  return native
    ? { name, support: "native", detail: asNative }
    : { name, support: "emulated", detail: otherwise };
}
