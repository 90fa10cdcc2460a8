import fc from "fast-check";
import type { Command } from "./command.ts";
import { channelCommands } from "./commands/channel-commands.ts";
import { endingCommands } from "./commands/ending-commands.ts";
import { fileCommands } from "./commands/file-commands.ts";
import { listenerCommands } from "./commands/listener-commands.ts";
import { raceCommands } from "./commands/race-commands.ts";
import { streamCommands } from "./commands/stream-commands.ts";
import { timeCommands } from "./commands/time-commands.ts";

/** One step: a command and its numbers. */
export type Step = readonly [command: string, ...numbers: number[]];

/** Steps that run one after the other, on sockets, files and channels of their own. */
export type LaneProgram = readonly Step[];

/** What a run consists of: lanes side by side, and which settings the drivers get. */
export interface Program {
  readonly lanes: readonly LaneProgram[];
  /** Chooses among the variants of each driver. */
  readonly variant: number;
}

const LANES_MAX = 3;
const STEPS_MAX = 20;

/** Any step of a table. */
function stepOf(table: readonly Command[]): fc.Arbitrary<Step> {
  const rows = table.map(({ name, weight, numbers }) => {
    const arbitrary = fc.tuple(...numbers).map((values) => [name, ...values] as const);
    return { weight, arbitrary };
  });
  return fc.oneof(...rows);
}

const streamStep = stepOf([...streamCommands, ...raceCommands, ...endingCommands]);
const listenerStep = stepOf(listenerCommands);
const fileStep = stepOf(fileCommands);
const channelStep = stepOf(channelCommands);
const timeStep = stepOf(timeCommands);

function laneOf(...steps: fc.Arbitrary<Step>[]): fc.Arbitrary<LaneProgram> {
  return fc.array(fc.oneof(...steps), { minLength: 1, maxLength: STEPS_MAX, size: "max" });
}

/** Lanes that keep to one thing get further in it. */
const lane: fc.Arbitrary<LaneProgram> = fc.oneof(
  { weight: 5, arbitrary: laneOf(streamStep) },
  { weight: 2, arbitrary: laneOf(fileStep) },
  { weight: 1, arbitrary: laneOf(channelStep) },
  { weight: 1, arbitrary: laneOf(listenerStep, timeStep) },
  { weight: 2, arbitrary: laneOf(streamStep, fileStep, channelStep, listenerStep, timeStep) },
);

/** Any program. */
export const anyProgram: fc.Arbitrary<Program> = fc.record({
  lanes: fc.array(lane, { minLength: 1, maxLength: LANES_MAX }),
  variant: fc.nat(11),
});
