import { expect, test } from "bun:test";
import { Program } from "@bascule/support";
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

test("/quit ends it although the input goes on", async () => {
  await using chat = await Chat.start();
  await using bob = client(chat, "--name", "bob");
  await bob.output.waitFor("Please enter");
  await bob.type("/quit\n");
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
