import type { Command } from "../lane.ts";
import * as channels from "./channel-commands.ts";
import * as files from "./file-commands.ts";
import * as listeners from "./listener-commands.ts";
import * as reads from "./read-commands.ts";
import * as times from "./time-commands.ts";
import * as writes from "./write-commands.ts";

/** Every command by the name that programs know it by. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...writes,
  ...listeners,
  ...files,
  ...channels,
  ...times,
  ...reads,
  channel: channels.replaceChannel,
  drain: reads.drainAll,
  expect: reads.expectBytes,
};
