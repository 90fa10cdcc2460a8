import { expect, test } from "bun:test";
import { yieldNow } from "@bascule/core";
import { failureOf } from "../support/failure.ts";
import { openSocketCount } from "../support/descriptors.ts";
import { withRandom } from "../support/random.ts";
import { tcp } from "../support/transports.ts";

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
