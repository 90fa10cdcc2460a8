import { expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { Chat } from "./chat.ts";

test("the server asks for a name first, to the letter", async () => {
  await using chat = await Chat.start();
  const peer = await chat.connect();
  expect(peer.received.text).toBe("Please enter your username:\n");
});

test("joining, talking and leaving reach everybody else, and not the one who does", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  bob.send("hello\n");
  await ann.received.waitFor("bob: hello\n");
  const cid = await chat.join("cid");
  cid.endSending();
  await ann.received.waitFor("cid has left the chat\n");
  expect(await chat.heard(ann, bob)).toEqual([
    "bob has joined the chat",
    "bob: hello",
    "cid has joined the chat",
    "cid has left the chat",
  ]);
  expect(await chat.heard(bob, ann)).toEqual(["cid has joined the chat", "cid has left the chat"]);
});

test("nobody hears of a client before it has a name", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  const nameless = await chat.connect();
  nameless.vanish();
  expect(await chat.heard(ann, bob)).toEqual(["bob has joined the chat"]);
});

test("lines end in \\n or \\r\\n, may be empty, and come out with \\n", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.connect();
  bob.send("bob\r\nwindows\r\n\r\nunix\n");
  expect(await chat.heard(ann, bob)).toEqual([
    "bob has joined the chat",
    "bob: windows",
    "bob: ",
    "bob: unix",
  ]);
  expect(ann.received.text).not.toContain("\r");
});

test("what comes after the last newline counts as a line when the client closes", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  bob.send("the last words");
  bob.endSending();
  await ann.received.waitFor("bob: the last words\nbob has left the chat\n");
  expect(ann.received.text).toContain("bob has joined");
});

test("a line comes out whole however it was cut on its way", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const socket = connect({ port: chat.port, host: "127.0.0.1", noDelay: true });
  await once(socket, "data");
  for (const byte of Buffer.from("bob\nnaïve 日本\nsecond\n")) {
    await new Promise((resolve) => socket.write(Uint8Array.of(byte), resolve));
  }
  await ann.received.waitFor("bob: naïve 日本\nbob: second\n");
  socket.end();
  await ann.received.waitFor("bob has left the chat\n");
  expect(ann.received.text).not.toContain("\uFFFD");
});

test("a client that is reset has left as well", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  bob.vanish();
  await ann.received.waitFor("bob has left the chat\n");
  expect(chat.program.errors.text).toBe("");
});

test("a burst from many reaches everybody once and in order", async () => {
  await using chat = await Chat.start();
  const count = 20;
  const lineCount = 200;
  const peers = await Promise.all(Array.from({ length: count }, (_, i) => chat.join(`m${i}`)));
  for (let line = 0; line < lineCount; line++) for (const peer of peers) peer.send(`${line}\n`);
  for (const [i, peer] of peers.entries()) {
    const last = lineCount - 1;
    const others = peers.map((_, other) => other).filter((other) => other !== i);
    await Promise.all(others.map((other) => peer.received.waitFor(`m${other}: ${last}\n`)));
    const lines = peer.received.text.split("\n");
    for (const other of others) {
      const said = lines.filter((line) => line.startsWith(`m${other}: `));
      expect(said).toEqual(Array.from({ length: lineCount }, (_, line) => `m${other}: ${line}`));
    }
    expect(lines.some((line) => line.startsWith(`m${i}: `))).toBe(false);
  }
});
