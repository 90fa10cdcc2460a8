import { expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { DeafOutput, Program } from "@bascule/support";
import { Chat, CLIENT } from "./chat.ts";

function client(chat: Chat, ...args: string[]): Program {
  return Program.start([CLIENT, "--port", `${chat.port}`, ...args]);
}

test("lines of the input go to the server, its lines to the output", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await using bob = client(chat, "--name", "bob");
  await bob.type("hello\n/who\n");
  await ann.received.waitFor("bob has joined the chat\nbob: hello\n");
  ann.send("\u001b[2J hi\n");
  await bob.output.waitFor("ann: \\x1b[2J hi\n");
  await bob.type("the last words");
  await bob.endInput();
  const { exitCode, output, errors } = await bob.ended();
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
  expect(output).toContain("Please enter your username:\n2 in the chat: ann, bob\n");
  await ann.received.waitFor("bob: the last words\nbob has left the chat\n");
});

test("the answers to an input that has ended already are waited for", async () => {
  await using chat = await Chat.start();
  await using bob = client(chat);
  await bob.type("bob\n/who\n");
  await bob.endInput();
  const { exitCode, output } = await bob.ended();
  expect(exitCode).toBe(0);
  expect(output).toBe("Please enter your username:\n1 in the chat: bob\n");
});

test("a name that is taken is one message, and no line is taken for a name", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const lines = "this is my message\nand another\n";
  for (const [args, input] of [
    [["--name", "ann"], lines],
    [["--name", "ann"], ""],
    [[], `ann\n${lines}`],
    [[], "ann"],
  ] as const) {
    await using second = client(chat, ...args);
    await second.type(input);
    await second.endInput();
    expect(await second.ended()).toEqual({
      exitCode: 1,
      output: "Please enter your username:\n",
      errors: "Cannot join: The name ann is taken: choose another. Pass another --name\n",
    });
  }
  const bob = await chat.join("bob");
  expect(await chat.heard(ann, bob)).toEqual(["bob has joined the chat"]);
});

test("a first line that cannot be a name is refused while the input goes on", async () => {
  await using chat = await Chat.start();
  for (const [input, reason] of [
    ["\nhello\n", "That name is empty"],
    ["a\u001bb\n", "That name has characters that cannot be printed"],
    ["/quit\n", "/quit is a command"],
    ["N".repeat(9000), "Your line was not sent: it is longer than 8192 bytes"],
  ] as const) {
    await using second = client(chat);
    await second.type(input);
    const { exitCode, errors } = await second.ended();
    expect(exitCode).toBe(1);
    expect(errors).toStartWith(`Cannot join: ${reason}`);
    expect(errors).toEndWith(". Pass another --name\n");
  }
});

test("the first line is the name, however the input is cut", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await using bob = client(chat);
  await bob.type("bo");
  await bob.type("b\r\none\ntw");
  await ann.received.waitFor("bob has joined the chat\nbob: one\n");
  await bob.type("o\n/quit\n");
  await ann.received.waitFor("bob: two\nbob has left the chat\n");
  expect(await bob.ended()).toMatchObject({ exitCode: 0, errors: "" });
});

test("an input that is no UTF-8 is replaced, and no byte of it is taken for telnet's", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await using bob = client(chat);
  // The byte order mark of UTF-16 is the beginning of a command to telnet.
  await bob.type(Uint8Array.of(0x62, 0xff, 0xfe, 0x0a, 0x68, 0xff, 0xfb, 0x69, 0x0a, 0xe2));
  await ann.received.waitFor("b\uFFFD\uFFFD has joined the chat\nb\uFFFD\uFFFD: h\uFFFD\uFFFDi\n");
  await bob.type(Uint8Array.of(0x82, 0xac, 0x0a, 0xe2, 0x82));
  await bob.endInput();
  await ann.received.waitFor("\uFFFD: \u20AC\nb\uFFFD\uFFFD: \uFFFD\n");
  expect(await bob.ended()).toMatchObject({ exitCode: 0, errors: "" });
});

test("an input that cannot be read ends it with one message", async () => {
  await using chat = await Chat.start();
  for (const args of [[], ["--name", "bob"]]) {
    const input = openSync("/", "r");
    const bob = Bun.spawn([process.execPath, CLIENT, "--port", `${chat.port}`, ...args], {
      stdin: input,
      stderr: "pipe",
    });
    closeSync(input);
    expect(await bob.stderr.text()).toMatch(/^Cannot read the input: EISDIR: .*\n$/);
    expect(await bob.exited).toBe(1);
  }
});

test("an input without a line joins nobody", async () => {
  await using chat = await Chat.start();
  await using nobody = client(chat);
  await nobody.endInput();
  expect(await nobody.ended()).toMatchObject({ exitCode: 0, errors: "" });
});

for (const [kind, code] of [
  ["closed", "EPIPE"],
  ["full", "ENOSPC"],
] as const) {
  test(`an output that is ${kind} ends it with one message`, async () => {
    await using chat = await Chat.start();
    using output = DeafOutput[kind]();
    const bob = Bun.spawn([process.execPath, CLIENT, "--port", `${chat.port}`, "--name", "bob"], {
      stdin: "pipe",
      stdout: output.fd,
      stderr: "pipe",
    });
    const errors = await bob.stderr.text();
    expect(errors).toMatch(new RegExp(`^The chat has ended: cannot print it \\(${code}: .*\\)\n$`));
    expect(await bob.exited).toBe(1);
  });
}

test("/quit ends it although the input goes on", async () => {
  await using chat = await Chat.start();
  await using bob = client(chat, "--name", "bob");
  await bob.output.waitFor("Please enter");
  await bob.type("/quit\n");
  expect(await bob.ended()).toMatchObject({ exitCode: 0, errors: "" });
});

test("/quit ends it however the input is cut, and whatever follows", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await using bob = client(chat, "--name", "bob");
  await bob.type("hello\n");
  await ann.received.waitFor("bob: hello\n");
  await bob.type("/qu");
  await bob.type("it \n\n");
  expect(await bob.ended()).toMatchObject({ exitCode: 0, errors: "" });
});

test("a server that leaves is no failure, one that is killed is", async () => {
  await using chat = await Chat.start();
  await using bob = client(chat, "--name", "bob");
  await bob.output.waitFor("Please enter");
  chat.program.signal("SIGTERM");
  expect(await bob.ended()).toMatchObject({ exitCode: 0, errors: "The server has left\n" });

  await using second = await Chat.start();
  await using cid = client(second, "--name", "cid");
  await cid.output.waitFor("Please enter");
  second.program.signal("SIGKILL");
  const { exitCode, errors } = await cid.ended();
  expect(exitCode).toBe(1);
  expect(errors).toMatch(
    /^The server closed the connection.*: start it again, then this client\n$/,
  );
});
