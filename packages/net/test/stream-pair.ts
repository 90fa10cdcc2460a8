import { TcpListener, TcpStream } from "../src/index.ts";

/** Both ends of one TCP connection, reset at the end of an `await using` scope. */
export interface StreamPair extends AsyncDisposable {
  readonly client: TcpStream;
  readonly server: TcpStream;
}

export async function connectPair(): Promise<StreamPair> {
  await using listener = await TcpListener.bind();
  const connecting = TcpStream.connect({ port: listener.address.port });
  const [client, server] = await Promise.all([connecting, listener.accept()]);
  return {
    client,
    server,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([client.reset(), server.reset()]);
    },
  };
}
