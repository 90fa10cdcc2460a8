/**
 * How threads signal the descriptors of those who wait for them, each of whom may close his at any
 * time: who is about to write says so first, and who closes waits for those.
 */
export interface ClientSignals {
  /** By client: what to write to; -1 when the client is gone. */
  readonly wakeFds: Int32Array;
  /** By client: how many threads are about to use its `wakeFd`, which must not be closed then. */
  readonly signalling: Int32Array;
}

/** Before a client can find out that there is something to signal. */
export function beginSignal({ signalling }: ClientSignals, client: number): void {
  Atomics.add(signalling, client, 1);
}

/** The descriptor to write to until `endSignal`, or -1 when the client has gone. */
export function signalledDescriptor({ wakeFds }: ClientSignals, client: number): number {
  return Atomics.load(wakeFds, client);
}

export function endSignal({ signalling }: ClientSignals, client: number): void {
  Atomics.sub(signalling, client, 1);
}

/** After this no thread writes to the client's descriptor any more: it may be closed. */
export function withdraw({ wakeFds, signalling }: ClientSignals, client: number): void {
  Atomics.store(wakeFds, client, -1);
  // At most one write to an eventfd or a pipe, none of which waits.
  for (let busy = Atomics.load(signalling, client); busy !== 0;) {
    Atomics.wait(signalling, client, busy, 1);
    busy = Atomics.load(signalling, client);
  }
}
