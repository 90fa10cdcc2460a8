import {
  CQE_FLAGS_WORD,
  CQE_RESULT_WORD,
  CQE_WORDS,
  encodeCancel,
  errnoName,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
  liburingProblem,
  SQE_USER_DATA_WORD,
  SQE_WORDS,
  UringMemory,
  type OperationFrame,
  type OperationKind,
} from "../src/index.ts";

/** A completion, copied out of the ring. */
export interface Completion {
  readonly userData: number;
  readonly result: number;
  readonly flags: number;
}

const LIMIT_MS = 5000;
const RING_FLAGS = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

/** The least that submits to a real ring and takes completions, one at a time. */
export class TestRing implements Disposable {
  readonly memory: UringMemory;

  constructor(flags: number = RING_FLAGS) {
    const memory = UringMemory.setup({ entries: 16, completionEntries: 64, flags });
    if (typeof memory === "number") throw new Error(`No ring: ${errnoName(memory)}`);
    this.memory = memory;
  }

  /** Fills an entry of stale ones, so that a word which `encode` forgets makes the test fail. */
  submit(kind: OperationKind, frame: OperationFrame, userData: number): void {
    const base = this.#nextEntry(userData);
    kind.encode(this.memory.sqes, base, frame);
    this.#flush();
  }

  cancel(target: number, userData: number): void {
    const base = this.#nextEntry(userData);
    encodeCancel(this.memory.sqes, base, target, 0);
    this.#flush();
  }

  /** The next completion, within a limit of time. */
  next(): Completion {
    const { ring, cqes, cqHeadWord, cqTailWord, cqMask } = this.memory;
    const head = Atomics.load(ring, cqHeadWord);
    const started = performance.now();
    while (Atomics.load(ring, cqTailWord) === head) {
      if (performance.now() - started > LIMIT_MS) throw new Error("No completion came");
      this.memory.enterTimeout(0, 1, 0, LIMIT_MS);
    }
    const base = (head & cqMask) * CQE_WORDS;
    const completion = {
      userData: cqes[base] ?? -1,
      result: cqes[base + CQE_RESULT_WORD] ?? 0,
      flags: cqes[base + CQE_FLAGS_WORD] ?? 0,
    };
    Atomics.store(ring, cqHeadWord, (head + 1) | 0);
    return completion;
  }

  /** Whether nothing has completed, once the kernel had a chance to say so. */
  isQuiet(): boolean {
    this.memory.enter(0, 0, 1);
    const { ring, cqHeadWord, cqTailWord } = this.memory;
    return Atomics.load(ring, cqHeadWord) === Atomics.load(ring, cqTailWord);
  }

  [Symbol.dispose](): void {
    this.memory.close();
  }

  #nextEntry(userData: number): number {
    const { ring, sqTailWord, sqMask, sqes } = this.memory;
    const base = (Atomics.load(ring, sqTailWord) & sqMask) * SQE_WORDS;
    sqes.fill(-1, base, base + SQE_WORDS);
    sqes[base + SQE_USER_DATA_WORD] = userData;
    sqes[base + SQE_USER_DATA_WORD + 1] = 0;
    return base;
  }

  #flush(): void {
    const { ring, sqTailWord } = this.memory;
    Atomics.store(ring, sqTailWord, (Atomics.load(ring, sqTailWord) + 1) | 0);
    const result = this.memory.enter(1, 0, 0);
    if (result !== 1) throw new Error(`Submitting one entry gave ${result}`);
  }
}

/** Why this machine cannot run a ring, printed once by the files that skip their tests for it. */
export function ringProblem(): string | null {
  const problem = liburingProblem();
  if (problem !== null) return problem.message;
  const memory = UringMemory.setup({ entries: 4, flags: RING_FLAGS });
  if (typeof memory === "number") return `io_uring_setup gave ${errnoName(memory)}`;
  memory.close();
  return null;
}

/** Whether to skip; says why when it is so. */
export function skipWithoutRing(): boolean {
  const problem = ringProblem();
  if (problem !== null) process.stderr.write(`skipped, no io_uring here: ${problem}\n`);
  return problem !== null;
}
