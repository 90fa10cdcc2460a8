import { expect, test } from "bun:test";
import { connect as nodeConnect, createServer, type Socket } from "node:net";
import { currentTask, sleep, spawn } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";

/** Echoes on every connection until the listener is closed. */
function serveEcho(listener: TcpListener): PromiseLike<void> {
  return spawn(async () => {
    for await (const socket of listener) {
      spawn(async () => {
        await using conn = socket;
        for await (const chunk of conn) await conn.write(chunk);
      });
    }
  });
}

test("Bun.serve, fetch and Bun's timers get their turns beside a busy runtime", async () => {
  using server = Bun.serve({ port: 0, fetch: (request) => new Response(request.url) });
  await using listener = await TcpListener.bind({});
  void serveEcho(listener);
  await using client = await TcpStream.connect({ port: listener.address.port });
  let isOver = false;
  const talking = spawn(async () => {
    let trips = 0;
    for (; !isOver; trips++) {
      await client.write("ping");
      await client.readExactly(4);
    }
    return trips;
  });
  for (let i = 0; i < 20; i++) {
    const url = new URL(`/${i}`, server.url).href;
    const response = await fetch(url, { headers: { connection: "close" } });
    expect(await response.text()).toBe(url);
    await Bun.sleep(1);
  }
  isOver = true;
  expect(await talking).toBeGreaterThan(20);
});

test("a task keeps its identity over awaits on Bun's promises", async () => {
  using server = Bun.serve({ port: 0, fetch: () => new Response("ok") });
  const name = await spawn(
    async () => {
      await fetch(server.url, { headers: { connection: "close" } });
      await new Promise((resolve) => setTimeout(resolve, 1));
      await sleep(1);
      return currentTask()?.name;
    },
    { name: "fetcher" },
  );
  expect(name).toBe("fetcher");
});

test("Bun.connect as the client: every byte comes back", async () => {
  await using listener = await TcpListener.bind({});
  void serveEcho(listener);
  const { promise: echoed, resolve } = Promise.withResolvers<string>();
  let text = "";
  await Bun.connect({
    hostname: "127.0.0.1",
    port: listener.address.port,
    socket: {
      open: (socket) => void socket.write("hello from Bun"),
      data(socket, bytes) {
        text += bytes.toString();
        if (text.length < 14) return;
        socket.end();
        resolve(text);
      },
    },
  });
  expect(await echoed).toBe("hello from Bun");
});

test("Bun.listen as the server: a write after a half-close is answered", async () => {
  using server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, bytes) => void socket.end(bytes) },
  });
  await using client = await TcpStream.connect({ port: server.port });
  await client.write("once");
  expect(await client.readExactly(4)).toEqual(Buffer.from("once"));
  expect(await client.read()).toBeNull();
});

test("node:net as the client, with a half-close and a megabyte each way", async () => {
  await using listener = await TcpListener.bind({});
  void serveEcho(listener);
  const data = Buffer.alloc(1 << 20, "0123456789abcdef");
  const received = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = nodeConnect({ port: listener.address.port, host: "127.0.0.1" });
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("close", () => resolve(Buffer.concat(chunks)));
    socket.on("error", reject);
    socket.end(data);
  });
  expect(received.equals(data)).toBe(true);
});

test("node:net as the server", async () => {
  const server = createServer((socket: Socket) => {
    socket.on("data", (chunk: Buffer) => socket.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  {
    await using client = await TcpStream.connect({ port });
    await client.write("piped");
    expect(await client.readExactly(5)).toEqual(Buffer.from("piped"));
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
