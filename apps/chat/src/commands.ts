import { type CommandName, isCommand } from "./protocol/command-names.ts";
import { inTheChat } from "./protocol/texts.ts";
import type { Room } from "./room.ts";

/** Ends the session of whoever says it. */
export const QUIT: unique symbol = Symbol("quit");

/** By name: what a command answers to the one who gave it, or that it ends the session. */
const COMMANDS: Readonly<Record<CommandName, (room: Room) => string | typeof QUIT>> = {
  "/who": (room) => inTheChat(room.names),
  "/stats": (room) => String(room.statistics),
  "/quit": () => QUIT,
};

/** Carries out a line that is a command; `null` for any other line, which is for everybody. */
export function command(line: string, room: Room): string | typeof QUIT | null {
  if (!line.startsWith("/")) return null;
  const name = line.trimEnd();
  return isCommand(name) ? COMMANDS[name](room) : null;
}
