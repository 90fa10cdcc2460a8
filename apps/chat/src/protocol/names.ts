import { isCommand } from "./command-names.ts";

const NAME_CHARACTERS_MAX = 32;

/** Of one character or of several, which may be joined by some that are invisible. */
const EMOJI = /\p{RGI_Emoji}/gv;

/**
 * Letters, marks, digits, punctuation and symbols of any script, and the space; nothing that is
 * invisible, as two names would look like one, and no mark without a letter to stand on.
 */
const PRINTABLE =
  /^(?!\p{M})[[\p{L}\p{M}\p{N}\p{P}\p{S} ]--[\p{Default_Ignorable_Code_Point}\u2800]]*$/v;

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
  if (!isPrintable(name)) return "That name has characters that cannot be printed: leave them out";
  if (isCommand(name)) return `${name} is a command: choose another name`;
  return null;
}

function isPrintable(name: string): boolean {
  // The table of emoji is large, and made when it is used first: most names do without.
  return PRINTABLE.test(name) || PRINTABLE.test(name.replace(EMOJI, "\u263A"));
}
