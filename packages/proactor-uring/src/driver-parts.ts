import type { DriverCounters, Unavailability } from "@bascule/core";
import {
  closeDescriptor,
  createEventfd,
  createPipe,
  createTimerfd,
  EINVAL,
  ENOMEM,
  IORING_FEAT_CQE_SKIP,
  liburingProblem,
  limitWorkers,
  mapMemory,
  type MappedMemory,
  registerEventfd,
} from "@bascule/sys";
import type { DriverSettings } from "./driver-settings.ts";
import { HostSignal } from "./host-signal.ts";
import { supportedOpcodes, tryMultishots } from "./kernel-trial.ts";
import { ReceiveRing } from "./receive-ring.ts";
import { ReceiveSlab } from "./receive-slab.ts";
import { type SetupStep, setUpRing } from "./ring-setup.ts";
import { Ring } from "./ring.ts";
import { explainSetUp, machineFacts, withoutLiburing, withoutOperation } from "./unavailability.ts";

const SINK_BYTES = 4096;

/** Everything a driver gets from the operating system. */
export interface DriverParts {
  readonly ring: Ring;
  readonly step: SetupStep;
  readonly receive: ReceiveRing | ReceiveSlab;
  readonly multishot: { readonly recv: boolean; readonly accept: boolean };
  /** Whether a send that goes out whole need not complete. */
  readonly silentSends: boolean;
  /** By opcode: 1 where the ring has the operation and the driver uses it. */
  readonly opcodes: Uint8Array;
  /** Signalled by the kernel for completions, while `signal` lets it. */
  readonly hostFd: number;
  readonly signal: HostSignal;
  /** The wake-up pipe. */
  readonly wakeReadFd: number;
  readonly wakeWriteFd: number;
  readonly timerFd: number;
  /** Where the driver reads what it does not want to know. */
  readonly sink: MappedMemory;
  readonly counters: DriverCounters;
  /** Frees it all. With a leak the descriptors close and every byte stays mapped. */
  close(leak: boolean): void;
}

/**
 * Opens what a driver needs, step by step; what was opened before a step that fails is closed
 * again.
 * @returns the parts, or why there is no driver on this machine
 */
export function openParts(settings: DriverSettings): DriverParts | Unavailability {
  const problem = liburingProblem();
  if (problem !== null) return withoutLiburing(problem);
  using opened = new DisposableStack();
  const setup = setUpRing(settings.queueEntries, settings.without);
  if (typeof setup === "number") return explainSetUp(setup, machineFacts());
  opened.defer(() => setup.memory.close());
  const counters = { turns: 0, systemCalls: 0, waits: 0, starvedReceives: 0 };
  const ring = new Ring(setup.memory, counters);
  const opcodes = supportedOpcodes(ring, settings.without);
  if (typeof opcodes === "number") return explainSetUp(opcodes, machineFacts());
  if (typeof opcodes === "string") return withoutOperation(opcodes, machineFacts());
  limitWorkers(ring.memory, settings.blockingThreads, 0);

  const descriptors = openDescriptors();
  if (typeof descriptors === "number") return explainSetUp(descriptors, machineFacts());
  opened.defer(() => closeAll(descriptors));
  const [hostFd, timerFd, wakeReadFd, wakeWriteFd] = descriptors;
  // Muted before it is registered: the trials below are not for the host to hear of.
  const signal = new HostSignal(setup.memory);
  const registered = registerEventfd(setup.memory, hostFd);
  if (registered < 0) return explainSetUp(registered, machineFacts());
  const receive = openReceive(ring, settings);
  if (typeof receive === "number") return explainSetUp(receive, machineFacts());
  opened.defer(() => receive.close());
  const sink = mapMemory(SINK_BYTES);
  opened.defer(() => sink.unmap());
  const tried = tryMultishots(ring, wakeReadFd);
  const { step } = setup;
  const multishot = {
    recv: tried.recv && !settings.without.has("multishot-recv"),
    accept: tried.accept && !settings.without.has("multishot-accept"),
  };
  const skips = (setup.memory.features & IORING_FEAT_CQE_SKIP) !== 0;
  const silentSends = skips && !settings.without.has("silent-sends");
  const owned = opened.move();
  const close = (leak: boolean): void => {
    if (leak) closeAll([setup.memory.fd, ...descriptors]);
    else owned.dispose();
  };
  const fds = { hostFd, timerFd, wakeReadFd, wakeWriteFd };
  const found = { step, receive, multishot, silentSends, opcodes };
  return { ring, ...found, signal, sink, counters, ...fds, close };
}

/** Host eventfd, timer, and the wake-up pipe's two ends; or `-errno`. */
function openDescriptors(): [number, number, number, number] | number {
  const opened: number[] = [];
  for (const create of [createEventfd, createTimerfd]) {
    const fd = create();
    if (fd < 0) {
      closeAll(opened);
      return fd;
    }
    opened.push(fd);
  }
  const pipe = createPipe();
  if (typeof pipe === "number") {
    closeAll(opened);
    return pipe;
  }
  return [opened[0] as number, opened[1] as number, pipe.first, pipe.second];
}

function closeAll(descriptors: readonly number[]): void {
  for (const fd of descriptors) closeDescriptor(fd);
}

/** A buffer ring, or a slab where the kernel has none or may not lock the memory for one. */
function openReceive(ring: Ring, settings: DriverSettings): ReceiveRing | ReceiveSlab | number {
  const { receiveBuffers, receiveBufferBytes, without } = settings;
  if (!without.has("buffer-ring")) {
    const pool = ReceiveRing.register(ring.memory, receiveBuffers, receiveBufferBytes);
    if (pool !== -EINVAL && pool !== -ENOMEM) return pool;
  }
  return new ReceiveSlab(receiveBuffers, receiveBufferBytes);
}
