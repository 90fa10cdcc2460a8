import { expect, test } from "bun:test";
import { TextLog } from "@bascule/support";
import { Chat } from "./chat.ts";

const nc = Bun.which("nc");
if (nc === null) console.log("nc.test.ts is skipped: there is no nc on this machine");

/** Two terminals with `nc`, as in the README. */
function netcat(port: number): { say: (line: string) => void; heard: TextLog; leave: () => void } {
  const heard = new TextLog();
  const child = Bun.spawn([nc ?? "nc", "127.0.0.1", `${port}`], { stdin: "pipe", stdout: "pipe" });
  void (async () => {
    for await (const chunk of child.stdout) heard.append(chunk);
    heard.end();
  })();
  return {
    heard,
    say: (line) => {
      void child.stdin.write(`${line}\n`);
      void child.stdin.flush();
    },
    leave: () => child.kill(),
  };
}

test.skipIf(nc === null)("two people talk with nc", async () => {
  await using chat = await Chat.start();
  const ann = netcat(chat.port);
  await ann.heard.waitFor("Please enter your username:\n");
  ann.say("ann");
  ann.say("/who");
  await ann.heard.waitFor("1 in the chat: ann\n");
  const bob = netcat(chat.port);
  bob.say("bob");
  await ann.heard.waitFor("bob has joined the chat\n");
  ann.say("hello bob");
  await bob.heard.waitFor("ann: hello bob\n");
  bob.say("hello ann");
  await ann.heard.waitFor("bob: hello ann\n");
  bob.leave();
  await ann.heard.waitFor("bob has left the chat\n");
  ann.leave();
  expect(ann.heard.text).not.toContain("ann: hello bob");
});
