import type { Descriptor } from "./contract/descriptor.ts";
import type { OperationKind } from "./contract/operation-kind.ts";
import { type CompletionListener, NO_BUFFER, type Operation } from "./contract/operation.ts";
import type { Runtime } from "./runtime.ts";
import { PENDING, Wait, type WaitOptions } from "./wait.ts";

const ECANCELED = 125;

/**
 * A one-shot operation that lends memory to the kernel, as a wait. An abort asks for a cancel and
 * rejects only when the final completion has come, so that afterwards the memory is the caller's
 * again. A success that an abort did not overtake any more is handed to `discard`.
 */
export class OperationWait extends Wait<number> implements CompletionListener {
  readonly #runtime: Runtime;
  #operation: Operation | null = null;
  #result: number | typeof PENDING = PENDING;
  #aborted: boolean = false;
  #reason: unknown = undefined;
  /** Called with a result `>= 0` that nobody waits for any more: close that descriptor. */
  discard: ((result: number) => void) | null = null;
  /** Called once, at the final completion: the memory is free. */
  release: (() => void) | null = null;

  constructor(runtime: Runtime, options: WaitOptions | undefined) {
    super(options);
    this.#runtime = runtime;
  }

  override get waitsFor(): string {
    const operation = this.#operation;
    if (operation === null || operation.kind === null) return "operation";
    const { descriptor, kind } = operation;
    return descriptor === null ? kind.name : `${kind.name} on descriptor ${descriptor.fd}`;
  }

  /** An operation to fill in before {@link submit}; null when the wait has been aborted already. */
  prepare(kind: OperationKind, descriptor: Descriptor | null): Operation | null {
    if (!this.isWaiting) return null;
    this.#operation = this.#runtime.driver.ledger.prepare(kind, descriptor, this);
    return this.#operation;
  }

  submit(operation: Operation): void {
    this.#runtime.submit(operation);
  }

  override abort(reason: unknown): void {
    if (this.#operation === null || this.#result !== PENDING) {
      super.abort(reason);
      return;
    }
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.#runtime.cancel(this.#operation);
  }

  /** What the kernel still has when the runtime ends stays lent for ever. */
  override abandon(reason: unknown): void {
    if (this.#operation === null || this.#result !== PENDING) super.abandon(reason);
  }

  onCompletion(_operation: Operation, result: number, more: boolean, bufferId: number): void {
    if (more || bufferId !== NO_BUFFER) return;
    this.#operation = null;
    this.#result = result;
    this.release?.();
    if (!this.#aborted) this.wake();
    else if (result === -ECANCELED) this.fail(this.#reason);
    else this.#adopt(result);
  }

  protected override poll(): number | typeof PENDING {
    return this.#result;
  }

  protected override cancelled(): void {
    // Woken with a result that is not delivered any more.
    if (this.#result !== PENDING && this.#result >= 0) this.discard?.(this.#result);
  }

  /** The operation won the race against its own cancel: nobody wants the result any more. */
  #adopt(result: number): void {
    if (result >= 0) this.discard?.(result);
    this.fail(this.#reason);
  }
}
