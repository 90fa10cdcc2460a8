import { isCommand } from "./command-names.ts";

const NAME_CHARACTERS_MAX = 32;

/** Letters, marks, digits, punctuation and symbols of any script, and the space. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;

/** What is left of a first line as a name: without space around it, composed (NFC). */
export function toName(line: string): string {
  return line.trim().normalize("NFC");
}

/** What is wrong with a name, as a sentence for whoever chose it; null when it will do. */
export function nameTrouble(name: string): string | null {
  const characters = Array.from(name).length;
  if (characters === 0)
    return `That name is empty: a name has 1 to ${NAME_CHARACTERS_MAX} characters`;
  if (characters > NAME_CHARACTERS_MAX) {
    return `That name has ${characters} characters: ${NAME_CHARACTERS_MAX} is the most`;
  }
  if (!PRINTABLE.test(name))
    return "That name has characters that cannot be printed: leave them out";
  if (isCommand(name)) return `${name} is a command: choose another name`;
  return null;
}
