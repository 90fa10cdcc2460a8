import { expect, test } from "bun:test";
import { Chat } from "./chat.ts";

const PROMPT = "Please enter your username:\n";

test("a name that will not do is told why, and asked for again", async () => {
  await using chat = await Chat.start();
  const peer = await chat.connect();
  await peer.ask("", `That name is empty: a name has 1 to 32 characters\n${PROMPT}`);
  await peer.ask("x".repeat(33), `That name has 33 characters: 32 is the most\n${PROMPT}`);
  await peer.ask("bad\u0007bell", /cannot be printed: leave them out\n/);
  await peer.ask("\u202Eevil", /(cannot be printed[^]*){2}/);
  await peer.ask("y".repeat(9000), `longer than 8192 bytes\n${PROMPT}`);
  await peer.ask("fine\n/who", "1 in the chat: fine\n");
  expect(peer.received.text.split(PROMPT)).toHaveLength(7);
});

test("space around a name does not count, and 32 characters are 32 in any script", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const long = await chat.connect();
  const name = `${"日本語の".repeat(7)}${"😀".repeat(4)}`;
  expect(Array.from(name)).toHaveLength(32);
  long.send(`  ${name} \t\nhello\n`);
  await ann.received.waitFor(`${name} has joined the chat\n${name}: hello\n`);
});

test("a name is one person's at a time", async () => {
  await using chat = await Chat.start();
  const watcher = await chat.join("watcher");
  const first = await chat.join("bob");
  const second = await chat.connect();
  await second.ask("bob", `The name bob is taken: choose another\n${PROMPT}`);
  first.endSending();
  await watcher.received.waitFor("bob has left the chat\n");
  await second.ask("bob\n/who", "2 in the chat: watcher, bob\n");
});

test("the first line may be all there is", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.connect();
  bob.send("bob");
  bob.endSending();
  await ann.received.waitFor("bob has joined the chat\nbob has left the chat\n");
  await bob.closed;
});
