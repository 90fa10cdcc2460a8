// A program to look into: tasks that wait in a scope, until its standard input ends.
import { Runtime, sleep, spawn, TaskScope } from "@bascule/core";

spawn(
  async () => {
    await using scope = new TaskScope({ name: "nappers" });
    scope.spawn(() => sleep(1e9), { name: "nap" });
    scope.spawn(
      async () => {
        for (;;) await sleep(2);
      },
      { name: "ticker" },
    );
  },
  { name: "owner" },
).unref();
await sleep(1);
process.stdout.write("ready\n");
await Bun.stdin.text();
// Who has looked may be gone without this program having heard of it yet.
for (let turns = 0; isMeasuring() && turns < 1000; turns++) await sleep(1);
process.stdout.write(`measuring ${isMeasuring()}\n`);
process.exit(0);

function isMeasuring(): boolean {
  return Runtime.current().snapshot().times !== null;
}
