import { Runtime } from "@bascule/core";
import { TcpListener, UnixListener } from "@bascule/net";
import {
  announce,
  listeningLine,
  portFrom,
  readCommandLine,
  runMain,
  shutdownSignal,
  textFrom,
  UsageError,
} from "@bascule/support";
import { run } from "./server.ts";

/** The room for a path in the kernel's sockaddr_un, unix(7). */
const PATH_BYTES_MAX = 107;

const USAGE = `Usage: ./dev echo [options]

Sends back what it receives, until SIGINT or SIGTERM.

  --port N        the port to listen on; 0 takes a free one (default 7007)
  --hostname H    the address or name to listen on (default 127.0.0.1)
  --unix PATH     listen on a Unix socket instead

BASCULE_DRIVER=auto|epoll|uring chooses the driver.
`;

async function main(): Promise<void> {
  const options = readCommandLine({
    program: "echo",
    usage: USAGE,
    options: {
      port: { type: "string" },
      hostname: { type: "string" },
      unix: { type: "string" },
    },
  });
  const shutdown = shutdownSignal();
  await using listener = await listen(options);
  announce(listeningLine(listener.address, Runtime.current()));
  await run({ listener, shutdown });
}

interface Place {
  readonly port?: string | undefined;
  readonly hostname?: string | undefined;
  readonly unix?: string | undefined;
}

async function listen({ port, hostname, unix }: Place): Promise<TcpListener | UnixListener> {
  if (unix === undefined) {
    return await TcpListener.bind({
      port: portFrom(port, 7007),
      hostname: textFrom("hostname", hostname, "127.0.0.1"),
    });
  }
  if (port !== undefined || hostname !== undefined) {
    throw new UsageError("--unix goes with neither --port nor --hostname: pass one of them");
  }
  const path = textFrom("unix", unix, "");
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw new UsageError(`--unix has more than ${PATH_BYTES_MAX} bytes: pass a shorter path`);
  }
  return await UnixListener.bind({ path, unlinkStale: true });
}

await runMain(main);
