// Tests that leave something behind, for the test of the sentinel that must notice each of them.
import { expect, test } from "bun:test";
import { openSync } from "node:fs";
import { Runtime, sleep, spawn, suspend } from "@bascule/core";
import { TcpListener } from "@bascule/net";
import { connectPair } from "../support/transports.ts";

test("operation", async () => {
  const listener = await TcpListener.bind({});
  listener.accept().catch(() => "shut down");
  await sleep(1);
});

test("receive buffer", async () => {
  await using pair = await connectPair();
  await pair.client.write(new Uint8Array(8000));
  const lease = await pair.server.lease();
  expect(lease?.bytes.byteLength).toBeGreaterThan(1000);
});

test("send block", () => {
  const block = Runtime.current().driver.sendPool.take(1);
  expect(block.taken).toBe(true);
});

test("timer", () => {
  sleep(60_000).catch(() => "shut down");
});

test("task", () => {
  spawn(() => suspend<void>(() => undefined));
});

test("descriptor", () => {
  expect(openSync("/dev/null", "r")).toBeGreaterThan(0);
});

test("nothing", async () => {
  await using pair = await connectPair();
  await pair.client.write("x");
  expect((await pair.server.readExactly(1)).byteLength).toBe(1);
});
