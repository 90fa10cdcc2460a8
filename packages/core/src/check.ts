/**
 * For whoever takes a signal and begins something before a wait of Bascule's looks at it.
 * @throws TypeError when a signal is none: passed by mistake, it would never abort anything
 */
export function checkSignal(signal: AbortSignal, action: string): void {
  const given: unknown = signal;
  if (typeof given === "object" && given !== null) {
    if ("aborted" in given && "addEventListener" in given) return;
    if (given instanceof AbortController) {
      throw new TypeError(`Cannot ${action} with an AbortController: pass its "signal"`);
    }
  }
  throw new TypeError(`Cannot ${action} with signal "${wordsFor(given)}": pass an AbortSignal`);
}

/** @throws TypeError when it is none, a promise for one: `scope.spawn(work())` */
export function checkFunction(work: unknown, action: string): void {
  if (typeof work === "function") return;
  throw new TypeError(`Cannot ${action} "${wordsFor(work)}": pass a function`);
}

/** @throws TypeError when it is none: whoever shows it relies on it */
export function checkName(name: unknown): void {
  if (name === undefined || typeof name === "string") return;
  throw new TypeError(`Cannot spawn with name "${wordsFor(name)}": pass a string`);
}

/** What was thrown or passed, in words that cannot fail: a failure would hide what is told. */
export function wordsFor(value: unknown): string {
  try {
    return value instanceof Error ? value.message : String(value);
  } catch {
    // An object without a prototype, or one whose `toString` throws, has no words of its own.
    return Object.prototype.toString.call(value);
  }
}
