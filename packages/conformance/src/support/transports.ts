import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Runtime } from "@bascule/core";
import { TcpListener, TcpStream, UnixListener, UnixStream } from "@bascule/net";
import { hasIpv6 } from "@bascule/test-support";

/** Streams that the suite does not tell apart. */
export type AnyStream = TcpStream | UnixStream;

/** A listener with a way to connect to it. */
export interface Endpoint extends AsyncDisposable {
  accept(options?: { signal?: AbortSignal }): Promise<AnyStream>;
  connect(options?: { signal?: AbortSignal }): Promise<AnyStream>;
}

/** A kind of connection; most behaviours are the same over each. */
export interface Transport {
  readonly name: string;
  listen(): Promise<Endpoint>;
}

/** Two ends of one connection. Closed, both, by `await using`. */
export interface Pair extends AsyncDisposable {
  readonly client: AnyStream;
  readonly server: AnyStream;
}

export const tcp: Transport = { name: "TCP", listen: () => listenTcp("127.0.0.1") };
const tcp6: Transport = { name: "TCP over IPv6", listen: () => listenTcp("::1") };
export const unix: Transport = { name: "a Unix socket", listen: listenUnix };

export const transports: readonly Transport[] = hasIpv6 ? [tcp, tcp6, unix] : [tcp, unix];

/** A connected pair, whose listener is gone already. */
export async function connectPair(transport: Transport = tcp): Promise<Pair> {
  await using endpoint = await transport.listen();
  const [client, server] = await Promise.all([endpoint.connect(), endpoint.accept()]);
  return {
    client,
    server,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([closeQuietly(client), closeQuietly(server)]);
    },
  };
}

/** Closes without lingering. That an earlier write failed is the test's own business. */
async function closeQuietly(stream: AnyStream): Promise<void> {
  if (!stream.isClosed) await stream.reset();
  await stream.closed;
}

async function listenTcp(hostname: string): Promise<Endpoint> {
  const listener = await TcpListener.bind({ hostname });
  const { port } = listener.address;
  return {
    accept: (options) => listener.accept(options),
    connect: (options) => TcpStream.connect({ ...options, port, hostname }),
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

let unixListeners = 0;

async function listenUnix(): Promise<Endpoint> {
  // A simulated machine has folders of its own.
  const isReal = Runtime.current().driver.system === undefined;
  const folder = isReal ? mkdtempSync(join(tmpdir(), "bascule-unix-")) : "/tmp";
  const path = join(folder, `socket-${++unixListeners}`);
  const listener = await UnixListener.bind({ path });
  return {
    accept: (options) => listener.accept(options),
    connect: (options) => UnixStream.connect({ ...options, path }),
    [Symbol.asyncDispose]: async () => {
      await listener.close();
      if (isReal) rmSync(folder, { recursive: true });
    },
  };
}
