import { Runtime } from "@bascule/core";
import { TcpListener } from "@bascule/net";
import {
  announce,
  listeningLine,
  portFrom,
  readCommandLine,
  runMain,
  shutdownSignal,
  textFrom,
} from "@bascule/support";
import { run } from "./server.ts";

const USAGE = `Usage: ./dev chat [options]

A chat room: join it with nc localhost 6142, or ./dev chat-client. It ends on SIGINT or SIGTERM.

  --port N        the port to listen on; 0 takes a free one (default 6142)
  --hostname H    the address or name to listen on (default 127.0.0.1)

BASCULE_DRIVER=auto|epoll|uring chooses the driver.
`;

async function main(): Promise<void> {
  const { port, hostname } = readCommandLine({
    program: "chat",
    usage: USAGE,
    options: { port: { type: "string" }, hostname: { type: "string" } },
  });
  const shutdown = shutdownSignal();
  await using listener = await TcpListener.bind({
    port: portFrom(port, 6142),
    hostname: textFrom("hostname", hostname, "127.0.0.1"),
  });
  announce(listeningLine(listener.address, Runtime.current()));
  await run({ listener, shutdown });
}

await runMain(main);
