import { expect, test } from "bun:test";
import { Chat } from "./chat.ts";

test("control characters are shown, not obeyed", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  bob.send("\u001b[2J\u0007 a\tb\rc \u009b31m \u007f \u202Eabc\u2069 \u2028\n");
  await ann.received.waitFor(
    "bob: \\x1b[2J\\x07 a\\x09b\\x0dc \\x9b31m \\x7f \\u{202e}abc\\u{2069}",
  );
  // oxlint-disable-next-line no-control-regex -- that there are none is what is tested
  expect(ann.received.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
});

test("invalid UTF-8 is replaced, and the connection lives on", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  bob.send(Uint8Array.of(0x61, 0xc3, 0x28, 0xf0, 0x9f, 0x62, 0x0a));
  await ann.received.waitFor("bob: a\uFFFD(\uFFFDb\n");
  await bob.ask("/who", "2 in the chat");
});

test("a line over 8 KiB is refused with a message, one of 8 KiB is not", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  const notice = "Your line was not sent: it is longer than 8192 bytes\n";
  await bob.ask("x".repeat(8193), notice);
  await bob.ask("y".repeat(3_000_000), new RegExp(`(${notice}){2}`));
  bob.send(`${"z".repeat(8192)}\nstill here\n`);
  await ann.received.waitFor(`bob: ${"z".repeat(8192)}\nbob: still here\n`);
  expect(ann.received.text).not.toMatch(/xxx|yyy/);
});

test("telnet's negotiation is stripped, wherever it stands", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.connect();
  const will = [255, 251, 31];
  const window = [255, 250, 31, 0, 80, 0, 10, 255, 240]; // 10 rows: the byte of a newline
  const bytes = (text: string): number[] => [...new TextEncoder().encode(text)];
  bob.send(Uint8Array.from([...will, ...bytes("bo"), 255, 253, 10, ...bytes("b\r\n")]));
  bob.send(Uint8Array.from([...bytes("he"), ...window, ...bytes("llo\r\n"), 255, 241, 10]));
  bob.send(Uint8Array.from([...bytes("bye\r\n"), 255, 244, 255, 253, 6]));
  bob.endSending();
  await ann.received.waitFor(
    "bob has joined the chat\nbob: hello\nbob: bye\nbob has left the chat\n",
  );
});

test("telnet's negotiation inside a character leaves it whole", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.connect();
  const window = [255, 250, 31, 0, 80, 0, 10, 255, 240]; // 10 rows: the byte of a newline
  bob.send(Uint8Array.of(0xc3, 255, 253, 10, 0xa9, 0x0a)); // é
  bob.send(Uint8Array.of(0xe2, ...window, 0x82, 255, 241, 0xac, 0x0a)); // €
  await ann.received.waitFor("\u00E9 has joined the chat\n\u00E9: \u20AC\n");
  // What a line that is dropped began with is no part of the next.
  bob.send(Uint8Array.of(0xe2, ...window));
  await bob.ask("x".repeat(9000), "Your line was not sent");
  bob.send(Uint8Array.of(0x82, 0xac, 0x0a, 0xe2, 255, 253, 10, 255, 241, 0x0a));
  bob.send(Uint8Array.of(0xe3, 255, 253, 10));
  bob.endSending();
  const half = "\u00E9: \uFFFD\n";
  await ann.received.waitFor(`\u00E9: \uFFFD\uFFFD\n${half}${half}\u00E9 has left the chat\n`);
});

test("two stray bytes of telnet mute nobody", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  bob.send(Uint8Array.of(255, 250, 10));
  bob.send("hello\n/who\nstill here\n");
  await bob.received.waitFor(/(2 in the chat: ann, bob\n[^]*){2}/);
  await ann.received.waitFor("bob: \uFFFD\uFFFD\nbob: hello\nbob: still here\n");
  bob.send(Uint8Array.of(255, 250, 10));
  bob.send("last words");
  bob.endSending();
  await ann.received.waitFor("bob: \uFFFD\uFFFD\nbob: last words\nbob has left the chat\n");
});

test("a megabyte after the beginning of a subnegotiation is lines like any other", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  bob.send(Uint8Array.of(255, 250, 10));
  for (let i = 0; i < 5000; i++) bob.send(`${i} ${"y".repeat(200)}\n`);
  bob.send("/quit\n");
  await ann.received.waitFor("bob has left the chat\n");
  expect(ann.received.text.match(/^bob: \d+ y+$/gm)).toHaveLength(5000);
});

test("a return that telnet sends as CR NUL is no part of the line", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.connect();
  bob.send("bob\r\0\r\nhi\r\0\r\nin\r\0side\r\n");
  await ann.received.waitFor("bob has joined the chat\nbob: hi\nbob: in\\x0d\\x00side\n");
  expect(ann.received.text).not.toContain("\r");
});
