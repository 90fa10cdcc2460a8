// Talks to itself while its parent sends signals: they must interrupt nothing. Prints the outcome
// as JSON: how many messages went around while `blockOn` and while Bun's loop drove, and how many
// signals were seen in all.
import { blockOn, Runtime, sleep, spawn } from "@bascule/core";
import { connectPair } from "../support/transports.ts";

let signals = 0;
process.on("SIGUSR2", () => signals++);
process.stdout.write("ready\n");

async function converse(forMs: number): Promise<number> {
  await using pair = await connectPair();
  const echo = spawn(async () => {
    for await (const chunk of pair.server) await pair.server.write(chunk);
  });
  const endMs = performance.now() + forMs;
  let messages = 0;
  for (; performance.now() < endMs; messages++) {
    await pair.client.write("ping");
    await pair.client.readExactly(4);
    // Long enough for a signal to arrive in the kernel's wait.
    await sleep(3);
  }
  await pair.client.closeWrite();
  await echo;
  return messages;
}

const owned = blockOn(() => converse(300));
const hosted = await converse(300);
await Runtime.current().shutdown();
process.stdout.write(JSON.stringify({ owned, hosted, signals }));
