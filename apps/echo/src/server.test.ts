import { expect, setDefaultTimeout, test } from "bun:test";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TcpListener, TcpStream } from "@bascule/net";
import { Peer, Program } from "@bascule/support";
import { run } from "./server.ts";

// Bounded, and long enough for a machine that is busy with something else.
setDefaultTimeout(30_000);

const ECHO = join(import.meta.dir, "main.ts");

test("the first line says where it listens, on which driver and why", async () => {
  const { program } = await Program.serve([ECHO, "--port", "0"]);
  await using _ending = program;
  const driver = process.env["BASCULE_DRIVER"] ?? "(epoll|uring)";
  const line = new RegExp(`^listening on 127\\.0\\.0\\.1:\\d+ \\(${driver}: .+\\)\n$`);
  expect(program.output.text).toMatch(line);
});

test("a peer on node:net gets its bytes back, and the end after its own", async () => {
  const { program, port } = await Program.serve([ECHO, "--port", "0"]);
  await using _ending = program;
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const sent = crypto.getRandomValues(new Uint8Array(60_000));
  socket.end(sent);
  await once(socket, "close");
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
});

test("clients are served side by side: one that says nothing holds nobody up", async () => {
  const { program, port } = await Program.serve([ECHO, "--port", "0"]);
  await using _ending = program;
  using _silent = await Peer.connect({ port });
  const peers = await Promise.all(Array.from({ length: 20 }, () => Peer.connect({ port })));
  await Promise.all(peers.map((peer, i) => peer.ask(`hello ${i}`, `hello ${i}\n`)));
  for (const peer of peers) peer[Symbol.dispose]();
  expect(peers).toHaveLength(20);
});

test("a client that sends without reading is held back, then gets every byte", async () => {
  await using listener = await TcpListener.bind();
  const shutdown = new AbortController();
  const running = run({ listener, shutdown: shutdown.signal });
  await using client = await TcpStream.connect({ port: listener.address.port });
  const total = 32 * 1024 * 1024;
  const sent = crypto.getRandomValues(new Uint8Array(65_536));
  const sending = (async () => {
    for (let at = 0; at < total; at += sent.byteLength) await client.write(sent);
    await client.closeWrite();
  })();
  let received = 0;
  let wrong = 0;
  for await (const chunk of client) {
    for (let i = 0; i < chunk.byteLength; i++) {
      if (chunk[i] !== sent[(received + i) % sent.byteLength]) wrong++;
    }
    received += chunk.byteLength;
  }
  await sending;
  shutdown.abort();
  await running;
  expect({ received, wrong }).toEqual({ received: total, wrong: 0 });
});

test("a client that vanishes leaves the others alone", async () => {
  const { program, port } = await Program.serve([ECHO, "--port", "0"]);
  await using _ending = program;
  using first = await Peer.connect({ port });
  using second = await Peer.connect({ port });
  await first.ask("one", "one");
  first.vanish();
  await second.ask("two", "two");
  expect(program.errors.text).toBe("");
});

test("a Unix socket serves the same, and its file goes with the server", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bascule-echo-"));
  const path = join(folder, "echo.sock");
  const program = Program.start([ECHO, "--unix", path]);
  await using _ending = program;
  await program.output.waitFor(`listening on ${path} (`);
  using peer = await Peer.connect({ unix: path });
  await peer.ask("through a file", "through a file");
  program.signal("SIGTERM");
  expect((await program.ended()).exitCode).toBe(0);
  expect(existsSync(path)).toBe(false);
  await rm(folder, { recursive: true });
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal}: what was sent comes back, then the end, exit code 0`, async () => {
    const { program, port } = await Program.serve([ECHO, "--port", "0"]);
    await using _ending = program;
    using peer = await Peer.connect({ port });
    await peer.ask("before", "before");
    peer.send("under way");
    program.signal(signal);
    await peer.received.waitFor("under way");
    await peer.closed;
    expect(await program.ended()).toMatchObject({ exitCode: 0, errors: "" });
  });
}

test("a client that does not read holds up the end for less than two seconds", async () => {
  const { program, port } = await Program.serve([ECHO, "--port", "0"]);
  await using _ending = program;
  using peer = await Peer.connect({ port });
  await peer.ask("ready", "ready");
  peer.stopReading();
  peer.send(new Uint8Array(32 * 1024 * 1024));
  const startMs = performance.now();
  program.signal("SIGTERM");
  expect((await program.ended()).exitCode).toBe(0);
  expect(performance.now() - startMs).toBeLessThan(2000);
});
