import type { Call, Program } from "./model.ts";

/** Names of operations, with what a call of each may be given. */
export type Alphabet = Readonly<globalThis.Record<string, (task: number, index: number) => number>>;

/**
 * Every program in which the tasks make so many calls, of every operation in every place, each
 * without an abort and with one of each call that can wait. Tasks are alike, so one of two programs
 * that differ only in their order is enough.
 */
export function* programs(
  lengths: readonly number[],
  alphabet: Alphabet,
  waiting: readonly string[],
): Generator<Program> {
  const names = Object.keys(alphabet);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  for (let code = 0; code < names.length ** total; code++) {
    const words = wordsOf(code, lengths, names);
    if (!isFirstOfItsKind(words)) continue;
    const tasks = words.map((word, task) =>
      word.map((name, index): Call => ({ name, argument: alphabet[name]?.(task, index) ?? 0 })),
    );
    yield { tasks, aborted: null };
    for (const [task, word] of words.entries()) {
      for (const [index, name] of word.entries()) {
        if (waiting.includes(name)) yield { tasks, aborted: { task, index } };
      }
    }
  }
}

function wordsOf(code: number, lengths: readonly number[], names: readonly string[]): string[][] {
  let rest = code;
  return lengths.map((length) =>
    Array.from({ length }, () => {
      const name = names[rest % names.length] ?? "";
      rest = Math.floor(rest / names.length);
      return name;
    }),
  );
}

function isFirstOfItsKind(words: readonly (readonly string[])[]): boolean {
  return words.every((word, index) => {
    const previous = words[index - 1];
    return previous?.length !== word.length || previous.join() <= word.join();
  });
}
