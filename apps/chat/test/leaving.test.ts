import { expect, test } from "bun:test";
import { Chat } from "./chat.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal}: lines under way arrive, everybody is told, exit code 0`, async () => {
    await using chat = await Chat.start();
    const ann = await chat.join("ann");
    const bob = await chat.join("bob");
    const nameless = await chat.connect();
    const startMs = performance.now();
    for (let i = 0; i < 500; i++) bob.send(`${i}\n`);
    chat.program.signal(signal);
    expect(await chat.program.ended()).toMatchObject({ exitCode: 0, errors: "" });
    expect(performance.now() - startMs).toBeLessThan(2000);
    await Promise.all([ann.closed, bob.closed, nameless.closed]);
    const lines = ann.received.text.split("\n").filter((line) => line.startsWith("bob: "));
    expect(lines).toEqual(Array.from({ length: 500 }, (_, i) => `bob: ${i}`));
    for (const peer of [ann, bob, nameless]) {
      expect(peer.received.text).toEndWith("\nserver is leaving\n");
    }
    expect(ann.received.text).not.toContain("has left the chat");
  });
}

test("clients that do not read hold up the end for less than two seconds", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  for (let i = 0; i < 20; i++) (await chat.join(`slow${i}`)).stopReading();
  for (let i = 0; i < 1200; i++) {
    bob.send(`${i} ${"x".repeat(8000)}\n`);
    if (i % 100 === 0) await ann.received.waitFor(`bob: ${i} xx`);
  }
  await ann.received.waitFor("bob: 1199 xx");
  const startMs = performance.now();
  chat.program.signal("SIGTERM");
  expect(await chat.program.ended()).toMatchObject({ exitCode: 0, errors: "" });
  expect(performance.now() - startMs).toBeLessThan(2000);
  expect(ann.received.text).toEndWith("\nserver is leaving\n");
});

test("a second signal changes nothing", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  chat.program.signal("SIGTERM");
  chat.program.signal("SIGTERM");
  expect((await chat.program.ended()).exitCode).toBe(0);
  expect(ann.received.text).toEndWith("server is leaving\n");
});

test("nobody can join a server that is leaving", async () => {
  await using chat = await Chat.start();
  const nameless = await chat.connect();
  chat.program.signal("SIGTERM");
  await nameless.received.waitFor("server is leaving\n");
  nameless.send("late\n");
  await nameless.closed;
  expect(nameless.received.text).toBe("Please enter your username:\nserver is leaving\n");
});
