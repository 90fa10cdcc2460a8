/** Colours of the 256-colour palette that can be read on a dark and on a light background. */
const PALETTE = [32, 34, 36, 64, 94, 99, 125, 130, 133, 160, 166, 168, 172, 205];

const RESET = "\u001b[0m";

/** Always the same colour for the same name, on every client. */
function colourOf(name: string): number {
  let hash = 2166136261;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  return PALETTE[(hash >>> 0) % PALETTE.length] ?? 7;
}

export function inColourOf(name: string, text: string): string {
  return `\u001b[1;38;5;${colourOf(name)}m${text}${RESET}`;
}

export function dim(text: string): string {
  return `\u001b[2m${text}${RESET}`;
}

export function inverse(text: string): string {
  return `\u001b[7m${text}${RESET}`;
}
