import { readFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { Chat } from "./chat.ts";

const LINE = `${"x".repeat(8000)}\n`;
const LINE_COUNT = 2000;

function memoryMebibytes(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1]) / 1024;
}

test("clients that do not read are disconnected; others notice nothing", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  const slow = await Promise.all([1, 2, 3, 4, 5].map((i) => chat.join(`slow${i}`)));
  for (const peer of slow) peer.stopReading();
  // It has some seconds to hear why, which a busy machine takes for the rest.
  const [first] = slow;
  const hasLeft = ann.received.waitFor("slow1 has left the chat\n");
  void hasLeft.then(() => first?.goOnReading());
  const before = memoryMebibytes(chat.program.pid);
  // 16 MB: more than the kernel and the server together keep for one client, let alone for five.
  for (let i = 0; i < LINE_COUNT; i++) {
    bob.send(`${i} ${LINE}`);
    if (i % 100 === 0) await ann.received.waitFor(`bob: ${i} xx`);
  }
  for (let i = 1; i <= 5; i++) await ann.received.waitFor(`slow${i} has left the chat\n`);
  await ann.received.waitFor(`bob: ${LINE_COUNT - 1} xx`);
  expect(memoryMebibytes(chat.program.pid) - before).toBeLessThan(60);
  const lines = ann.received.text.split("\n").filter((line) => line.startsWith("bob: "));
  expect(lines.map((line) => Number.parseInt(line.slice(5), 10))).toEqual(
    Array.from({ length: LINE_COUNT }, (_, i) => i),
  );
  await first?.closed;
  expect(first?.received.text).toMatch(/\nYou were disconnected: you read too slowly, 1024 KiB/);
});

test("a client that does not read can still be heard", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const mute = await chat.join("mute");
  mute.stopReading();
  for (let i = 0; i < 50; i++) ann.send(LINE);
  mute.send("I am here\n");
  await ann.received.waitFor("mute: I am here\n");
  expect(ann.received.text).not.toContain("mute has left");
});
