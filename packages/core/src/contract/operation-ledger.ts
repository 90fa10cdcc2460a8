import { InvariantError } from "../errors.ts";
import type { RuntimeObserver } from "../observe/observer.ts";
import type { Canaries } from "./canaries.ts";
import { Descriptor } from "./descriptor.ts";
import type { Driver } from "./driver.ts";
import type { OperationKind } from "./operation-kind.ts";
import {
  CANCELLING,
  type CompletionListener,
  IDLE,
  NO_BUFFER,
  Operation,
  SUBMITTED,
} from "./operation.ts";

const GENERATION_MASK = 0x7fffffff;
const ECANCELED = 125;

/** Counters of the operation life-cycle, never reset. */
export interface LedgerCounters {
  submitted: number;
  /** Final completions. */
  completed: number;
  /** Completions that said MORE. */
  partial: number;
  cancelsRequested: number;
  /** Final completions with -ECANCELED. */
  cancelled: number;
  /** Completions or cancels that named a slot's earlier life; recognised and ignored. */
  stale: number;
}

/**
 * The life-cycle of operations, the same for every driver: who is in flight, on which descriptor,
 * in which state. An impossible transition throws with slot and state, because going on would mean
 * that memory is released under the kernel's hands.
 */
export class OperationLedger {
  readonly counters: LedgerCounters = {
    submitted: 0,
    completed: 0,
    partial: 0,
    cancelsRequested: 0,
    cancelled: 0,
    stale: 0,
  };
  /** Operations in flight. */
  inFlight: number = 0;
  /** Those of them that keep the process alive. */
  referencedInFlight: number = 0;
  /** Told of every submission, cancel and completion; null, the default, costs one branch. */
  observer: RuntimeObserver | null = null;
  /** Told whom memory of the pools is lent to; null, the default, costs one branch. */
  canaries: Canaries | null = null;
  readonly #driver: Driver;
  readonly #operations: Operation[] = [];
  /**
   * By slot, who hears of the operation in flight, and its generation; -1 while it is idle. Enough
   * for a completion that ends nothing: of thousands of operations these stay in the processor's
   * cache, when the operations themselves do not.
   */
  readonly #listeners: (CompletionListener | null)[] = [];
  #generations: Int32Array = new Int32Array(64).fill(-1);
  readonly #pool: Operation[] = [];
  /** Stands for each silent send, while somebody observes: never in flight. */
  #shown: Operation | null = null;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** A pooled operation to fill in and hand to {@link submit}. */
  prepare(
    kind: OperationKind,
    descriptor: Descriptor | null,
    listener: CompletionListener,
  ): Operation {
    if (descriptor !== null && descriptor.closing) throw closing("prepare", kind, descriptor);
    const operation = this.#pool.pop() ?? this.#grow();
    operation.kind = kind;
    operation.descriptor = descriptor;
    operation.listener = listener;
    operation.fd = descriptor === null ? -1 : descriptor.fd;
    operation.address = 0;
    operation.length = 0;
    operation.offset = 0;
    operation.flags = 0;
    operation.referenced = true;
    return operation;
  }

  /**
   * As {@link prepare}, for an operation that is submitted over and over: after its final
   * completion it is idle, with its next generation, and may be filled in and submitted again.
   * It goes back to the pool when its descriptor has closed, and must not be touched from then on.
   */
  reserve(kind: OperationKind, descriptor: Descriptor, listener: CompletionListener): Operation {
    const operation = this.prepare(kind, descriptor, listener);
    operation.reserved = true;
    link(descriptor, operation);
    return operation;
  }

  /** Hands an operation to the driver: from here on its memory and descriptor are the driver's. */
  submit(operation: Operation): void {
    // One without a listener is in the pool.
    if (operation.state !== IDLE || operation.listener === null) {
      throw impossible("submit", operation);
    }
    const descriptor = operation.descriptor;
    if (descriptor !== null && descriptor.closing)
      throw closing("submit", operation.kind, descriptor);
    operation.state = SUBMITTED;
    operation.driverState = 0;
    this.#listeners[operation.slot] = operation.listener;
    this.#generations[operation.slot] = operation.generation;
    this.counters.submitted++;
    this.inFlight++;
    if (operation.referenced) this.referencedInFlight++;
    if (descriptor !== null) {
      descriptor.holds++;
      if (!operation.reserved) link(descriptor, operation);
    }
    if (this.observer !== null) this.observer.operationSubmitted(operation, performance.now());
    if (this.canaries !== null) this.canaries.lent(operation);
    this.#driver.submit(operation);
  }

  /** Asks the driver to end an operation. Harmless when it is already asked for. */
  cancel(operation: Operation): void {
    if (operation.state === CANCELLING) return;
    if (operation.state !== SUBMITTED) throw impossible("cancel", operation);
    operation.state = CANCELLING;
    this.counters.cancelsRequested++;
    if (this.observer !== null) this.observer.operationCancelled(operation, performance.now());
    this.#driver.cancel(operation);
  }

  /** Whether the operation keeps the process alive, changeable while it is in flight. */
  setReferenced(operation: Operation, referenced: boolean): void {
    if (operation.referenced === referenced) return;
    operation.referenced = referenced;
    if (operation.state !== IDLE) this.referencedInFlight += referenced ? 1 : -1;
  }

  /**
   * The operation that a completion names, or null when the slot has moved on to another life. A
   * driver calls this with what the kernel gave back.
   */
  find(slot: number, generation: number): Operation | null {
    const operation = this.#operations[slot];
    if (
      operation === undefined ||
      operation.generation !== generation ||
      operation.state === IDLE
    ) {
      this.counters.stale++;
      return null;
    }
    return operation;
  }

  /** Delivers one completion. The only place where an operation lets go of anything. */
  deliver(operation: Operation, result: number, more: boolean, bufferId: number): void {
    const listener = operation.listener;
    if (operation.state === IDLE || listener === null) throw impossible("complete", operation);
    if (this.observer !== null) {
      this.observer.operationCompleted(operation, result, more, performance.now());
    }
    if (this.canaries !== null && bufferId !== NO_BUFFER) {
      this.canaries.bufferLent(bufferId, operation);
    }
    try {
      if (more) this.counters.partial++;
      else this.#finish(operation, result);
    } finally {
      // Also when the descriptor that it held cannot be closed: somebody waits, and memory is lent.
      listener.onCompletion(operation, result, more, bufferId);
    }
  }

  /**
   * Whether {@link deliverPartial} does for a completion: it names an operation in flight, and
   * nobody is to be told of it but its listener.
   */
  canDeliverPartial(slot: number, generation: number): boolean {
    return (
      this.#generations[slot] === generation && this.observer === null && this.canaries === null
    );
  }

  /** Delivers a completion that others follow, without touching the operation. */
  deliverPartial(slot: number, result: number, bufferId: number): void {
    this.counters.partial++;
    const listener = this.#listeners[slot] as CompletionListener;
    listener.onCompletion(this.#operations[slot] as Operation, result, true, bufferId);
  }

  /** Counts sends that were made without an operation; see {@link Driver.sendSilently}. */
  noteSilent(count: number): void {
    this.counters.submitted += count;
    this.counters.completed += count;
  }

  /** Tells the observer of one of them, as of an operation that began and ended then. */
  showSilent(kind: OperationKind, fd: number, result: number, fromMs: number, toMs: number): void {
    const { observer } = this;
    if (observer === null) return;
    this.#shown ??= this.#grow();
    const operation = this.#shown;
    operation.kind = kind;
    operation.fd = fd;
    operation.descriptor = new Descriptor(fd);
    operation.generation = (operation.generation + 1) & GENERATION_MASK;
    observer.operationSubmitted(operation, fromMs);
    observer.operationCompleted(operation, result, false, toMs);
  }

  /** Marks the descriptor closed for new operations, cancels what is in flight, then closes it. */
  close(descriptor: Descriptor): void {
    if (descriptor.closing) return;
    descriptor.closing = true;
    let operation = descriptor.firstOperation;
    while (operation !== null) {
      const next: Operation | null = operation.nextOfDescriptor;
      if (operation.state !== IDLE) this.cancel(operation);
      operation = next;
    }
    if (descriptor.holds === 0) this.#closeNow(descriptor);
  }

  /** Cancels everything that is in flight: the first half of the teardown barrier. */
  cancelAll(): void {
    for (const operation of this.#operations) {
      if (operation.state === SUBMITTED) this.cancel(operation);
    }
  }

  /** The operations in flight, for diagnosis. */
  *pending(): Generator<Operation> {
    for (const operation of this.#operations) if (operation.state !== IDLE) yield operation;
  }

  #grow(): Operation {
    const slot = this.#operations.length;
    if (slot === this.#generations.length) {
      const grown = new Int32Array(2 * slot).fill(-1);
      grown.set(this.#generations);
      this.#generations = grown;
    }
    const operation = new Operation(slot);
    this.#operations.push(operation);
    return operation;
  }

  #finish(operation: Operation, result: number): void {
    this.counters.completed++;
    if (result === -ECANCELED) this.counters.cancelled++;
    this.inFlight--;
    if (operation.referenced) this.referencedInFlight--;
    operation.state = IDLE;
    this.#generations[operation.slot] = -1;
    operation.generation = (operation.generation + 1) & GENERATION_MASK;
    operation.root = null;
    operation.next = null;
    const descriptor = operation.descriptor;
    if (descriptor !== null) descriptor.holds--;
    if (!operation.reserved) this.#free(operation);
    if (descriptor !== null && descriptor.closing && descriptor.holds === 0) {
      this.#closeNow(descriptor);
    }
  }

  /** Back to the pool. */
  #free(operation: Operation): void {
    if (operation.descriptor !== null) unlink(operation.descriptor, operation);
    operation.descriptor = null;
    operation.listener = null;
    this.#listeners[operation.slot] = null;
    operation.reserved = false;
    this.#pool.push(operation);
  }

  #closeNow(descriptor: Descriptor): void {
    if (descriptor.closed) throw new InvariantError(`Descriptor ${descriptor.fd} is closed twice`);
    descriptor.closed = true;
    for (let first = descriptor.firstOperation; first !== null; first = descriptor.firstOperation) {
      this.#free(first);
    }
    try {
      this.#driver.closeDescriptor(descriptor);
    } finally {
      descriptor.onClosed?.();
    }
  }
}

function link(descriptor: Descriptor, operation: Operation): void {
  const first = descriptor.firstOperation;
  operation.nextOfDescriptor = first;
  operation.previousOfDescriptor = null;
  if (first !== null) first.previousOfDescriptor = operation;
  descriptor.firstOperation = operation;
}

function unlink(descriptor: Descriptor, operation: Operation): void {
  const { previousOfDescriptor: previous, nextOfDescriptor: next } = operation;
  if (previous === null) descriptor.firstOperation = next;
  else previous.nextOfDescriptor = next;
  if (next !== null) next.previousOfDescriptor = previous;
  operation.previousOfDescriptor = null;
  operation.nextOfDescriptor = null;
}

function closing(action: string, kind: OperationKind | null, { fd }: Descriptor): InvariantError {
  const name = kind?.name ?? "nothing";
  return new InvariantError(`Cannot ${action} ${name}: descriptor ${fd} is closing`);
}

function impossible(action: string, operation: Operation): InvariantError {
  const { slot, generation, state } = operation;
  const name = operation.kind?.name ?? "nothing";
  return new InvariantError(
    `Cannot ${action} operation ${slot} (${name}, generation ${generation}): its state is ${state}`,
  );
}
