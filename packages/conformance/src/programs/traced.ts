// Talks to itself, and ends in one of several ways: what was recorded must be whole JSON each time.
import { blockOn, Runtime, sleep, spawn } from "@bascule/core";
import { connectPair } from "../support/transports.ts";

async function converse(): Promise<void> {
  await using pair = await connectPair();
  const echo = spawn(
    async () => {
      for await (const chunk of pair.server) await pair.server.write(chunk);
    },
    { name: "echo" },
  );
  for (let i = 0; i < 50; i++) {
    await pair.client.write("ping");
    await pair.client.readExactly(4);
  }
  await pair.client.closeWrite();
  await echo;
}

function endSoonAfterSignal(): void {
  process.once("SIGTERM", () => setTimeout(() => process.exit(4), 20));
}

const endings: Record<string, () => Promise<void>> = {
  async byItself() {
    await sleep(1);
  },
  async byExit() {
    process.exit(3);
  },
  async byError() {
    throw new RangeError("too far");
  },
  async bySignal() {
    process.kill(process.pid, "SIGTERM");
    await sleep(3000);
  },
  async byOwnHandler() {
    process.on("SIGTERM", () => process.exit(4));
    process.kill(process.pid, "SIGTERM");
    await sleep(3000);
  },
  async byOnceHandler() {
    process.kill(process.pid, "SIGTERM");
    await sleep(3000);
  },
  async byLaterOnceHandler() {
    endSoonAfterSignal();
    process.kill(process.pid, "SIGTERM");
    await sleep(3000);
  },
  async byIgnoringSignals() {
    for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.kill(process.pid, signal);
    await sleep(50);
    process.exit(5);
  },
  async byCrash() {
    await sleep(600); // longer than the time between two flushes
    process.kill(process.pid, "SIGKILL");
  },
  async afterBlocking() {
    blockOn(() => sleep(20));
  },
  async afterTwoRuntimes() {
    await using other = Runtime.create();
    await other.spawn(() => sleep(1), { name: "elsewhere" });
  },
};

// Before the first runtime, and so before the trace.
if (process.argv[2] === "byOnceHandler") endSoonAfterSignal();
await converse();
await endings[process.argv[2] ?? ""]?.();
