import { expect, test } from "bun:test";
import { spawn } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
import { run } from "../src/server.ts";

const LINES = 12_000;

// All of them in one process: where a reader of its own is not run for a while, as on a busy
// machine, nobody can tell it from one that does not read.
test("on real sockets, too, who talks as fast as possible loses nobody who reads", async () => {
  const shutdown = new AbortController();
  await using listener = await TcpListener.bind();
  const serving = spawn(() => run({ listener, shutdown: shutdown.signal }));
  const join = async (name: string): Promise<TcpStream> => {
    const stream = await TcpStream.connect({ port: listener.address.port });
    await stream.write(`${name}\n`);
    return stream;
  };
  await using stalled = await join("stalled");
  await stalled.readExactly("Please enter your username:\n".length);
  await using ann = await join("ann");
  const hearing = spawn(async () => {
    let heard = 0;
    let hasStalledLeft = false;
    for await (const line of ann.lines()) {
      if (/^bob: x{1000}$/.test(line)) heard++;
      if (line === "stalled has left the chat") hasStalledLeft = true;
      if (line === "bob: the end") return { heard, hasStalledLeft };
    }
    throw new Error(`ann was disconnected after ${heard} lines`);
  });
  await using bob = await join("bob");
  await bob.write(`${"x".repeat(1000)}\n`.repeat(LINES));
  await bob.write("the end\n");
  expect(await hearing).toEqual({ heard: LINES, hasStalledLeft: true });
  shutdown.abort();
  await serving;
});
