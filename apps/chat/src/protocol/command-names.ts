const NAMES = ["/who", "/stats", "/quit"] as const;

/** What is not said to everybody: a line that begins with a slash, and is one of these. */
export type CommandName = (typeof NAMES)[number];

/** Whether a line, without what is around it, is a command. */
export function isCommand(name: string): name is CommandName {
  return (NAMES as readonly string[]).includes(name);
}
