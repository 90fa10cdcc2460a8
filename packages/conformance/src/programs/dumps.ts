// Sends itself SIGQUIT in several situations. What is dumped goes to standard error; "went on" says
// that the program outlived it.
import { Runtime, sleep, spawn, TaskScope } from "@bascule/core";
import { setResourceLimit } from "@bascule/sys";
import { connectPair } from "../support/transports.ts";

const RLIMIT_CORE = 4;
setResourceLimit(RLIMIT_CORE, { soft: 0, hard: 0 });

function quit(): void {
  process.kill(process.pid, "SIGQUIT");
}

const scenarios: Record<string, () => Promise<void>> = {
  async whileTasksWait() {
    await using pair = await connectPair();
    await using _reader = spawn(
      async () => {
        await using scope = new TaskScope({ name: "readers" });
        scope.spawn(() => pair.server.read(), { name: "reader" });
      },
      { name: "owner" },
    );
    await sleep(5);
    quit();
    await sleep(20);
  },
  async twice() {
    await sleep(1);
    quit();
    await sleep(20);
    quit();
    await sleep(1000);
  },
  async heardByTheProgram() {
    Runtime.current();
    process.on("SIGQUIT", () => process.stdout.write("heard\n"));
    quit();
    await sleep(20);
  },
  async heardOnce() {
    process.once("SIGQUIT", () => process.stdout.write("heard\n"));
    Runtime.current();
    quit();
    await sleep(20);
  },
  async once() {
    await sleep(1);
    quit();
    await sleep(500);
  },
  async unused() {
    Runtime.current();
  },
};

await scenarios[process.argv[2] ?? ""]?.();
process.stdout.write("went on\n");
