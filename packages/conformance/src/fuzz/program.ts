import fc from "fast-check";

/** One step: a command and its numbers, which it takes modulo what it knows. */
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

const slot = fc.nat(1);
const side = fc.nat(1);
const form = fc.nat(7);
const yields = fc.nat(6);
const few = fc.integer({ min: 1, max: 3 });
const size = fc.oneof(
  fc.integer({ min: 1, max: 64 }),
  fc.integer({ min: 1, max: 5000 }),
  fc.integer({ min: 1, max: 30_000 }),
);
const bulk = fc.oneof(fc.nat(100_000), fc.nat(700_000));
const name = fc.nat(6);
const at = fc.oneof(fc.nat(30), fc.nat(10_000));

function step(
  command: string,
  ...numbers: fc.Arbitrary<number>[]
): fc.Arbitrary<readonly [string, ...number[]]> {
  return fc.tuple(...numbers).map((values) => [command, ...values] as const);
}

const streamStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: step("connect", slot, fc.nat(2)) },
  { weight: 6, arbitrary: step("write", slot, side, size, form) },
  { weight: 4, arbitrary: step("drain", slot, side, form, size) },
  { weight: 3, arbitrary: step("readExactly", slot, side, size, yields) },
  { weight: 3, arbitrary: step("expect", slot, side, size) },
  { weight: 2, arbitrary: step("push", slot, side, bulk, form) },
  { weight: 3, arbitrary: step("join", slot, side) },
  { weight: 3, arbitrary: step("abortRead", slot, side, form, yields) },
  { weight: 4, arbitrary: step("raceRead", slot, side, size, form, yields, few) },
  { weight: 2, arbitrary: step("abortWrite", slot, side, form, yields) },
  step("timeoutRead", slot, side, form),
  { weight: 2, arbitrary: step("selectRead", slot, side, size, form) },
  { weight: 2, arbitrary: step("lines", slot, side, few, yields) },
  { weight: 2, arbitrary: step("bulk", slot, bulk, bulk, form) },
  step("flush", slot, side),
  step("blockOn", slot, side, size),
  step("abortTask", slot, side, form, yields),
  step("closeWrite", slot, side),
  step("close", slot, side, few, form),
  step("reset", slot, side),
);

const listenerStep: fc.Arbitrary<Step> = fc.oneof(
  step("acceptInOrder", fc.nat(1), few),
  step("raceAccept", fc.nat(1), yields),
  step("abortAccept", fc.nat(1), yields),
  step("closeListener", fc.nat(1), few),
  step("raceConnect", fc.nat(1), yields),
  step("refused", fc.nat(1)),
  step("inUse", fc.nat(1)),
);

const fileStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: step("open", slot, name, fc.nat(7)) },
  { weight: 3, arbitrary: step("fileWrite", slot, size, at) },
  { weight: 2, arbitrary: step("fileRead", slot, size, at) },
  { weight: 2, arbitrary: step("fileReads", slot, few, size, at) },
  { weight: 2, arbitrary: step("raceFileRead", slot, size, at, yields) },
  { weight: 2, arbitrary: step("raceFileWrite", name, size, yields) },
  step("closeWhileReading", slot, few, size),
  step("fileTruncate", slot, at),
  step("fileSize", slot),
  { weight: 2, arbitrary: step("writeFile", name, size) },
  step("appendFile", name, size),
  step("readFile", name),
  step("truncate", name, at),
  step("rename", name, name),
  step("unlink", name),
  step("link", name, name),
  step("symlink", name, name),
  step("readlink", name),
  step("copyFile", name, name),
  step("mkdir", name, fc.nat(1)),
  step("rm", name, fc.nat(3)),
  step("readdir", name),
  step("stat", name),
);

const channelStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: step("channel", few) },
  { weight: 5, arbitrary: step("send") },
  { weight: 5, arbitrary: step("receive", fc.nat(2)) },
  { weight: 3, arbitrary: step("abortPending", fc.nat(5)) },
  step("trySend"),
  step("tryReceive"),
  step("closeSender"),
  step("closeReceiver"),
);

const timerStep: fc.Arbitrary<Step> = fc.oneof(
  step("sleeps", few, fc.nat(5)),
  step("abortSleep", yields),
  step("timeouts", fc.nat(2)),
  step("ticks", few),
  step("scope", few, yields),
  step("shielded", yields),
);

function laneOf(...steps: fc.Arbitrary<Step>[]): fc.Arbitrary<LaneProgram> {
  return fc.array(fc.oneof(...steps), { minLength: 1, maxLength: STEPS_MAX, size: "max" });
}

/** Lanes that keep to one thing get further in it. */
const lane: fc.Arbitrary<LaneProgram> = fc.oneof(
  { weight: 5, arbitrary: laneOf(streamStep) },
  { weight: 2, arbitrary: laneOf(fileStep) },
  { weight: 1, arbitrary: laneOf(channelStep) },
  { weight: 1, arbitrary: laneOf(listenerStep, timerStep) },
  { weight: 2, arbitrary: laneOf(streamStep, fileStep, channelStep, listenerStep, timerStep) },
);

/** Any program. */
export const anyProgram: fc.Arbitrary<Program> = fc.record({
  lanes: fc.array(lane, { minLength: 1, maxLength: LANES_MAX }),
  variant: fc.nat(11),
});
