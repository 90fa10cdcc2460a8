import { expect, test } from "bun:test";
import { join } from "node:path";
import { Runtime } from "@bascule/core";
import { TcpStream } from "@bascule/net";

type Message = Record<string, unknown>;

function messageOf(worker: Worker): Promise<Message> {
  return new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => resolve(data as Message), { once: true });
    worker.addEventListener("error", (event) => reject(new Error(event.message)), { once: true });
  });
}

test("each thread has a runtime of its own; they talk over sockets and end apart", async () => {
  const path = join(import.meta.dir, "../programs/worker-runtime.ts");
  const workers = [new Worker(path), new Worker(path)];
  const ports = await Promise.all(workers.map(messageOf));
  for (const { port } of ports) {
    await using client = await TcpStream.connect({ port: Number(port) });
    for (let i = 0; i < 50; i++) {
      await client.write(`message ${i}`);
      expect((await client.readExactly(`message ${i}`.length)).byteLength).toBeGreaterThan(8);
    }
  }
  const ends = workers.map(messageOf);
  for (const worker of workers) worker.postMessage("end");
  const drivers = (await Promise.all(ends)).map(({ driver }) => driver);
  const own = Runtime.current().driver.name;
  expect(drivers).toEqual([own, own]);
  await Promise.all(workers.map(closed));
});

function closed(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.addEventListener("close", () => resolve(), { once: true });
    worker.terminate();
  });
}
