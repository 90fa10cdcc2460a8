// A server that idles: connections are open, reads wait, a timer is far away. Prints how much CPU
// time the whole process used over a second of it, in clock ticks of the kernel (10 ms each).
import { readFileSync } from "node:fs";
import { Runtime, sleep, spawn } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";

const IDLE_MS = 1000;

function cpuTicks(): number {
  const fields = readFileSync(`/proc/${process.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

const listener = await TcpListener.bind({});
const serving = spawn(async () => {
  for await (const socket of listener) {
    spawn(async () => {
      await using conn = socket;
      for await (const chunk of conn) await conn.write(chunk);
    });
  }
});
const clients = await Promise.all(
  Array.from({ length: 50 }, () => TcpStream.connect({ port: listener.address.port })),
);
for (const client of clients) {
  await client.write("warm");
  await client.readExactly(4);
}
const farAway = new AbortController();
const alarm = sleep(60_000, { signal: farAway.signal }).catch(() => "off");
// Compilers and collectors finish what the start gave them to do.
await sleep(500);
Bun.gc(true);
await sleep(300);

const before = { ticks: cpuTicks(), ...Runtime.current().metrics() };
await sleep(IDLE_MS);
const after = { ticks: cpuTicks(), ...Runtime.current().metrics() };

farAway.abort();
await alarm;
for (const client of clients) await client.close();
await listener.close();
await serving;
await Runtime.current().shutdown();
process.stdout.write(
  JSON.stringify({
    ticks: after.ticks - before.ticks,
    turns: after.turns - before.turns,
    systemCalls: after.systemCalls - before.systemCalls,
    hostWatch: before.hostWatch,
  }),
);
