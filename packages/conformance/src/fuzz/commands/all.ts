import type { Command } from "../command.ts";
import { channelCommands } from "./channel-commands.ts";
import { endingCommands } from "./ending-commands.ts";
import { fileCommands } from "./file-commands.ts";
import { listenerCommands } from "./listener-commands.ts";
import { raceCommands } from "./race-commands.ts";
import { streamCommands } from "./stream-commands.ts";
import { timeCommands } from "./time-commands.ts";

const TABLES: readonly (readonly Command[])[] = [
  streamCommands,
  raceCommands,
  endingCommands,
  listenerCommands,
  fileCommands,
  channelCommands,
  timeCommands,
];

/** Every command by its name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  TABLES.flat().map((each) => [each.name, each]),
);
