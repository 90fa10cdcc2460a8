// What a user's first program could be: it uses every package, from wherever they were installed.
import { metricsText } from "@bascule/console";
import { Runtime, sleep, spawn } from "@bascule/core";
import { readFile } from "@bascule/fs";
import { TcpListener, TcpStream } from "@bascule/net";
import uring from "@bascule/proactor-uring";
import epoll from "@bascule/reactor-epoll";
import { simulate } from "@bascule/sim";
import { channel } from "@bascule/sync";
import { errnoName } from "@bascule/sys";

await using listener = await TcpListener.bind({ port: 0 });
const [sender, receiver] = channel<string>(1);

spawn(async () => {
  await using socket = await listener.accept();
  for await (const chunk of socket) await socket.write(chunk);
});

await using client = await TcpStream.connect({ port: portOf(listener.address) });
await client.write("hello");
const echoed = await client.readExactly(5);
await sender.send(new TextDecoder().decode(echoed));
const heard = await receiver.recv();

if (heard !== "hello") throw new Error(`Expected "hello": the echo was "${heard}"`);
if (!metricsText().includes("bascule_tasks_live"))
  throw new Error("Expected metrics of the runtime");
if (errnoName(11) !== "EAGAIN") throw new Error("Expected errno 11 to be EAGAIN");
if (!(await readFile(import.meta.path, "utf8")).startsWith("// What a user"))
  throw new Error("Expected to read this program");
const aDay = 86_400_000;
const slept = await simulate({ seed: 1 }, async () => {
  const before = performance.now();
  await sleep(aDay);
  return performance.now() - before;
});
if (slept < aDay) throw new Error(`Expected to sleep a simulated day, not "${slept}" ms`);
const { driver } = Runtime.current().choice;
console.log(`echoed on ${driver}; drivers installed: ${epoll.name}, ${uring.name}`);

function portOf(address: { readonly port?: number }): number {
  if (address.port === undefined) throw new Error("Expected the address to have a port");
  return address.port;
}
