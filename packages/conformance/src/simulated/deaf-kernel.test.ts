import { expect, test } from "bun:test";
import { Runtime, sleep } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
import { simulate } from "@bascule/sim";
import { once } from "node:events";
import { failureOf } from "../support/failure.ts";

const PORT = 7000;
const HUGE_BYTES = 64 << 20;

test("a buffer that the kernel keeps past the deadline is never given back", async () => {
  const log: string[] = [];
  const warning = once(process, "warning");
  const ending = simulate({ hosts: ["server", "client"], faults: "none" }, async (world) => {
    world.host("server").spawn(async () => {
      await using listener = await TcpListener.bind({ hostname: "0.0.0.0", port: PORT });
      await using _unread = await listener.accept();
      await sleep(60_000);
    });
    await world.host("client").run(async () => {
      await sleep(1);
      const conn = await TcpStream.connect({ hostname: "server", port: PORT });
      const runtime = Runtime.current();
      runtime.driver.cancel = () => undefined;
      const reclaim = (): void => void log.push("reclaimed");
      runtime.spawn(async () => {
        const writing = conn.writeFrom(new ArrayBuffer(HUGE_BYTES), { reclaim });
        await writing.finally(() => log.push("ended"));
      });
      await sleep(10);
      await runtime.shutdown({ deadlineMs: 200 });
      log.push("shut down");
    });
  });
  expect(String(await failureOf(ending))).toContain(
    'host "client" has 1 operations in flight left',
  );
  expect((await warning).join()).toContain("their memory stays mapped");
  expect(log).toEqual(["shut down"]);
});
