/**
 * Characters that would draw on somebody else's terminal, or make a text read differently from what
 * it is: the C0 and C1 controls with DEL, line and paragraph separators, and the bidirectional
 * embeddings, overrides and isolates (CVE-2021-42574).
 */
// oxlint-disable-next-line no-control-regex -- control characters are what it is for
const DANGEROUS = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
const ALL_DANGEROUS = new RegExp(DANGEROUS, "g");

/** The text with dangerous characters in a form that can be seen: `\x1b`, `\u{202e}`. */
export function clean(text: string): string {
  return DANGEROUS.test(text) ? text.replace(ALL_DANGEROUS, visible) : text;
}

function visible(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u{${code}}` : `\\x${code.padStart(2, "0")}`;
}
