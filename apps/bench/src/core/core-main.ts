// Times every operation on the driver that BASCULE_DRIVER names, with the thread owned by the
// runtime.
import { blockOn } from "@bascule/core";
import type { Timing } from "./operation.ts";
import { READ_OPERATIONS } from "./read-operations.ts";
import { TASK_OPERATIONS } from "./task-operations.ts";
import { type SampleSettings, timeOperation } from "./time-operation.ts";
import { TIMER_OPERATIONS } from "./timer-operations.ts";

async function timeAll(settings: SampleSettings): Promise<Timing[]> {
  const timings: Timing[] = [];
  for (const operation of [...TASK_OPERATIONS, ...TIMER_OPERATIONS, ...READ_OPERATIONS]) {
    timings.push(await timeOperation(operation, settings));
  }
  return timings;
}

const settings = JSON.parse(process.argv[2] ?? "null") as SampleSettings;
process.stdout.write(`${JSON.stringify(blockOn(() => timeAll(settings)))}\n`);
