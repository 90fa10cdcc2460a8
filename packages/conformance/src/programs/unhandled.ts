// A task whose connection is refused, with nobody waiting for it. Prints the report as JSON, unless
// it is told to let it go unheard.
import { Runtime, sleep, spawn, type UnhandledTaskError } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";

if (process.argv[2] !== "unheard") {
  process.on("unhandledRejection", (error: UnhandledTaskError) => {
    process.stdout.write(JSON.stringify({ message: error.message, spawnSite: error.spawnSite }));
  });
}
const listener = await TcpListener.bind({});
const { port } = listener.address;
await listener.close();
spawn(() => TcpStream.connect({ port }), { name: "connection 7" });
await sleep(20);
await Runtime.current().shutdown();
