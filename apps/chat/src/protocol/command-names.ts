/** What begins with a slash and is not said to everybody. */
export const COMMAND_NAMES: ReadonlySet<string> = new Set(["/who", "/stats", "/quit"]);
