import { expect, test } from "bun:test";
import { Chat } from "./chat.ts";

test("/who names everybody, to the one who asks", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  await ann.ask("/who", "2 in the chat: ann, bob\n");
  expect(await chat.heard(bob, ann)).toEqual([]);
});

test("/stats tells driver, tasks, operations in flight and system calls per message", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  await ann.ask("/stats", /system calls per message: no messages yet \(\d+ calls\)\n/);
  const bob = await chat.join("bob");
  ann.send("one\ntwo\n");
  await bob.received.waitFor("ann: two\n");
  await ann.ask("/stats", /system calls per message: \d+\.\d{3} \(\d+ calls, 2 messages\)\n/);
  const driver = process.env["BASCULE_DRIVER"] ?? "(epoll|uring)";
  expect(ann.received.text).toMatch(new RegExp(`driver: ${driver} \\(.+\\)\ntasks: [1-9]\\d*\n`));
  expect(ann.received.text).toMatch(/operations in flight: [1-9]\d*\n/);
});

test("/quit ends the session, after what was said before", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  bob.send("bye\n/quit\nnever said\n");
  await ann.received.waitFor("bob: bye\nbob has left the chat\n");
  expect(ann.received.text).not.toContain("never said");
});

test("any other line that begins with / is for everybody", async () => {
  await using chat = await Chat.start();
  const ann = await chat.join("ann");
  const bob = await chat.join("bob");
  bob.send("/whoever\n /who\n/who is there\n/constructor\n/Quit\n/quit \n");
  await ann.received.waitFor("bob has left the chat\n");
  expect(ann.received.text).toContain(
    "bob: /whoever\nbob:  /who\nbob: /who is there\nbob: /constructor\nbob: /Quit\nbob has left",
  );
});
