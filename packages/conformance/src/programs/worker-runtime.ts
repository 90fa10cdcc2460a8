// A runtime on a worker's thread: serves echo until it is told to end, then shuts down.
import { blockOn, Runtime, sleep, spawn } from "@bascule/core";
import { TcpListener } from "@bascule/net";

declare const self: Worker;

const listener = await TcpListener.bind({});
const serving = spawn(async () => {
  for await (const socket of listener) {
    spawn(async () => {
      await using conn = socket;
      for await (const chunk of conn) await conn.write(chunk);
    });
  }
});
blockOn(() => sleep(1));
self.addEventListener("message", () => void end());
self.postMessage({ port: listener.address.port });

async function end(): Promise<void> {
  await listener.close();
  await serving;
  const { driver } = Runtime.current().choice;
  await Runtime.current().shutdown();
  self.postMessage({ driver });
}
