import { checkSignal } from "./check.ts";

/** A signal that must be disposed of (`using`) when nobody needs it any more. */
export type JoinedSignal = AbortSignal & Disposable;

/** One listener for all sources, so that joining allocates no closure for each. */
class Joint {
  readonly #sources: readonly AbortSignal[];
  readonly #controller: AbortController;
  #isOver: boolean = false;

  constructor(sources: readonly AbortSignal[], controller: AbortController) {
    this.#sources = sources;
    this.#controller = controller;
    for (const source of sources) source.addEventListener("abort", this);
  }

  handleEvent(event: Event): void {
    this.release();
    this.#controller.abort((event.currentTarget as AbortSignal).reason);
  }

  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const source of this.#sources) source.removeEventListener("abort", this);
  }
}

/**
 * A signal that is aborted as soon as one of several is, with that one's reason: `AbortSignal.any`
 * whose result can be let go. Disposing takes its listeners off the sources, so that joining a
 * signal that lives long with others that live shortly, again and again, holds on to nothing. What
 * is missing (`undefined`) does not count; the first of several that are aborted already wins.
 *
 * Bascule's waits need it rarely: they heed their task, and their region, besides the signal that
 * they are given.
 * @example
 * ```ts
 * import { anySignal } from "@bascule/core";
 * const shutdown = new AbortController();
 * const request = new AbortController();
 * {
 *   using either = anySignal([shutdown.signal, request.signal, undefined]);
 *   request.abort("hung up");
 *   if (either.reason !== "hung up") throw new Error("not aborted");
 * }
 * ```
 */
export function anySignal(signals: Iterable<AbortSignal | undefined>): JoinedSignal {
  const controller = new AbortController();
  const sources: AbortSignal[] = [];
  for (const signal of signals) {
    if (signal === undefined) continue;
    checkSignal(signal, "join signals");
    if (signal.aborted) {
      controller.abort(signal.reason);
      return disposable(controller.signal, null);
    }
    sources.push(signal);
  }
  return disposable(controller.signal, new Joint(sources, controller));
}

function disposable(signal: AbortSignal, joint: Joint | null): JoinedSignal {
  return Object.assign(signal, { [Symbol.dispose]: () => joint?.release() });
}
