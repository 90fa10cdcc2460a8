// Programs with blocking jobs that must exit by themselves.
import { blockOn, Runtime, spawnBlocking } from "@bascule/core";
import { workUrl } from "../support/work-url.ts";
import { add, waitForWord } from "./work.ts";

const scenarios: Record<string, () => Promise<void>> = {
  async job() {
    void spawnBlocking(add, [20, 22]).then((sum) => process.stdout.write(`${sum}\n`));
  },
  async done() {
    process.stdout.write(`${await spawnBlocking(add, [20, 22])}\n`);
  },
  async unreferenced() {
    const word = new Int32Array(new SharedArrayBuffer(8));
    spawnBlocking(waitForWord, [word]).unref();
  },
  async stray() {
    const tellCause = (error: unknown): void => {
      process.stdout.write(`${String((error as Error).cause)}\n`);
    };
    await spawnBlocking(workUrl("failBeside")).catch(tellCause);
    blockOn(() => spawnBlocking(workUrl("failBeside")).catch(tellCause));
  },
  async endless() {
    const spinning = spawnBlocking(workUrl("spin"));
    const told = spinning.catch((error: unknown) => {
      process.stdout.write(`${(error as Error).name}\n`);
    });
    // By the time that a job behind it has run, it runs.
    await spawnBlocking(add, [1, 1]);
    await Runtime.current().shutdown({ deadlineMs: 50 });
    await told;
  },
};

await scenarios[process.argv[2] ?? ""]?.();
process.stdout.write("end of main\n");
