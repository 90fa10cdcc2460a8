import type { Block, OperationLedger, SendPool, SilentSender } from "@bascule/core";
import { encodeSilentSend, send as sendKind } from "@bascule/sys";
import type { SubmissionQueue } from "./submission-queue.ts";

/** `user_data` of silent sends: this and their number in the batch, far below what cancels use. */
const SILENT_BASE = -0x80000000;
const SILENT_MAX = 1 << 24;

/** Whether the low half of a completion's `user_data` says that it ends a silent send. */
export function isSilentSend(userDataLow: number): boolean {
  return userDataLow < SILENT_BASE + SILENT_MAX;
}

/** One of the batch; the objects are used again. */
interface SilentSend {
  sender: SilentSender | null;
  /** Null once it is the sender's again. */
  block: Block | null;
  start: number;
  end: number;
  /** How many bytes have gone out, or `-errno`; all of them unless we are told. */
  result: number;
}

/**
 * Sends that the kernel carries out while it takes them from the submission queue, and that
 * complete only when a socket has not taken everything. Once every entry has been taken and every
 * completion seen, what has not completed has gone out: its blocks go back to the pool together.
 */
export class SilentSends {
  /** Sends of the batch that is not settled. */
  length: number = 0;
  /** Whether the kernel has not taken the entries of some. */
  isPending: boolean = false;
  readonly #pool: SendPool;
  readonly #ledger: OperationLedger;
  readonly #sends: SilentSend[] = [];

  constructor(pool: SendPool, ledger: OperationLedger) {
    this.#pool = pool;
    this.#ledger = ledger;
  }

  /** Writes the entry of one into the submission queue, which has room. */
  submit(
    submission: SubmissionQueue,
    sender: SilentSender,
    block: Block,
    start: number,
    end: number,
  ): void {
    this.isPending = true;
    const index = this.length++;
    const send = this.#sends[index] ?? this.#grow();
    send.sender = sender;
    send.block = block;
    send.start = start;
    send.end = end;
    send.result = end - start;
    const base = submission.claim(SILENT_BASE + index, 0);
    encodeSilentSend(submission.entries, base, sender.fd, block.address + start, end - start);
  }

  /** Takes the completion of one that did not go out, or not as a whole. */
  complete(userDataLow: number, result: number): void {
    const send = this.#sends[userDataLow - SILENT_BASE];
    if (send === undefined || send.block === null || send.sender === null) {
      this.#ledger.counters.stale++;
      return;
    }
    const { sender, block, start, end } = send;
    send.block = null;
    send.result = result;
    sender.onUnsent(block, start, end, result);
  }

  /** The kernel has taken every entry, and everything that it had to say has been heard. */
  settle(): void {
    const { length } = this;
    this.length = 0;
    const ledger = this.#ledger;
    ledger.noteSilent(length);
    const nowMs = ledger.observer === null ? 0 : performance.now();
    for (let index = 0; index < length; index++) {
      const send = this.#sends[index] as SilentSend;
      const { block, sender } = send;
      if (block !== null) this.#pool.give(block);
      send.block = null;
      send.sender = null;
      if (ledger.observer === null || sender === null) continue;
      ledger.showSilent(sendKind, sender.fd, send.result, nowMs, nowMs);
    }
  }

  #grow(): SilentSend {
    const send = { sender: null, block: null, start: 0, end: 0, result: 0 };
    this.#sends.push(send);
    return send;
  }
}
