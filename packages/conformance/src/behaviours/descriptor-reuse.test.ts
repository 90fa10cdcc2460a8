import { expect, test } from "bun:test";
import { spawn, yieldNow } from "@bascule/core";
import { SocketClosedError, TcpListener, TcpStream } from "@bascule/net";
import { openSocketCount } from "@bascule/test-support";
import { failureOf } from "../support/failure.ts";
import { withRandom } from "../support/random.ts";
import { connectPair, tcp } from "../support/transports.ts";

test("a number that is used again receives no byte of the socket before", async () => {
  await using endpoint = await tcp.listen();
  const socketsAtRest = openSocketCount();
  await withRandom(async (random) => {
    for (let round = 0; round < 500; round++) {
      const [client, server] = await Promise.all([endpoint.connect(), endpoint.accept()]);
      const own = Buffer.from(`round ${round};`);
      const reading = server.readExactly(own.length);
      await client.write(own);
      expect(await reading).toEqual(own);
      // The old socket is closed with a read in flight and bytes on their way to it, and the number
      // is free for the next round at that very moment.
      const pending = failureOf(server.read());
      await client.write(`stale bytes of round ${round};`);
      if (random.chance(0.5)) await client.flush();
      const yields = random.between(0, 3);
      for (let i = 0; i < yields; i++) await yieldNow();
      const arrived = await Promise.all([
        random.chance(0.5) ? server.close() : server.reset(),
        pending.catch(() => "bytes came first"),
      ]);
      expect(arrived.length).toBe(2);
      await client.reset();
    }
  });
  expect(openSocketCount()).toBe(socketsAtRest);
});

test("a half-close that is overtaken by a reset touches no other socket", async () => {
  for (let round = 0; round < 50; round++) {
    await using pair = await connectPair();
    const closing = spawn(() => pair.client.closeWrite());
    const resetting = spawn(async () => {
      for (let i = 0; i < round % 4; i++) await yieldNow();
      await pair.client.reset();
    });
    const outcome = await closing.then(
      () => "closed",
      (error: unknown) => error,
    );
    await resetting;
    if (outcome !== "closed") expect(outcome).toBeInstanceOf(SocketClosedError);
  }
});

test("options of a socket that is closed cannot be set: the number may be another's", async () => {
  await using listener = await TcpListener.bind({});
  const client = await TcpStream.connect({ port: listener.address.port });
  await client.close();
  for (const set of [() => client.setNoDelay(), () => client.setKeepAlive({ idleMs: 1000 })]) {
    expect(set).toThrow(SocketClosedError);
  }
  expect(() => client.setKeepAlive(false)).toThrow(SocketClosedError);
  expect(() => client.localAddress).toThrow(SocketClosedError);
  expect(() => client.localAddress).toThrow(
    "Cannot ask for the address of the socket: it is closed",
  );
  expect(client.remoteAddress).toEqual(listener.address);
});
