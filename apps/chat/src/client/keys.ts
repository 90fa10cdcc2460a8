import type { Key } from "node:readline";
import type { InputLine } from "./input-line.ts";

/** What a key does to the line that is being typed, by name. */
const KEYS: Readonly<Record<string, (input: InputLine) => void>> = {
  backspace: (input) => input.backspace(),
  delete: (input) => input.delete(),
  left: (input) => input.left(),
  right: (input) => input.right(),
  home: (input) => input.toStart(),
  end: (input) => input.toEnd(),
  tab: (input) => input.insert(" "),
  up: (input) => input.recall(-1),
  down: (input) => input.recall(1),
  "ctrl-a": (input) => input.toStart(),
  "ctrl-e": (input) => input.toEnd(),
  "ctrl-d": (input) => input.delete(),
  "ctrl-u": (input) => input.deleteToStart(),
  "ctrl-w": (input) => input.deleteWord(),
};

/** Applies a key as `keypress` of `node:readline` reports it; keys without a meaning do nothing. */
export function edit(input: InputLine, text: string | undefined, key: Key): void {
  const name = `${key.ctrl === true ? "ctrl-" : ""}${key.name ?? ""}`;
  if (Object.hasOwn(KEYS, name)) KEYS[name]?.(input);
  else if (text !== undefined && /^[^\p{Cc}]+$/u.test(text)) input.insert(text);
}
