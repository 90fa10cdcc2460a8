import { expect, test } from "bun:test";
import { Joining } from "./joining.ts";

const PROMPT = "Please enter your username:";

async function offered(): Promise<Joining> {
  const joining = new Joining();
  expect(joining.hear(PROMPT)).toEqual([PROMPT]);
  await joining.prompted;
  joining.offer();
  return joining;
}

test("an answer to who is there means that the name is taken on, and is not shown", async () => {
  const joining = await offered();
  expect(joining.hear("ann: hi")).toEqual([]);
  expect(joining.hear("2 in the chat: ann, bob")).toEqual(["ann: hi"]);
  await joining.joined;
  expect(joining.refusal).toBeNull();
  expect(joining.hear("2 in the chat: ann, bob")).toEqual(["2 in the chat: ann, bob"]);
});

test("another prompt means that it is refused, for the reason before it", async () => {
  const joining = await offered();
  expect(joining.hear("That name is empty")).toEqual([]);
  expect(joining.refusal).toBeNull();
  expect(joining.hear(PROMPT)).toEqual([]);
  expect(joining.refusal).toBe("That name is empty");
});

test("a server that does not answer is taken to have taken the name", async () => {
  const joining = await offered();
  joining.hear("ann: hi");
  expect(joining.assume()).toEqual(["ann: hi"]);
  await joining.joined;
  expect(joining.hear("ann: bye")).toEqual(["ann: bye"]);
});

test("what was kept back is shown when the server leaves", async () => {
  const joining = await offered();
  joining.hear("server is leaving");
  expect(joining.release()).toEqual(["server is leaving"]);
  expect(joining.release()).toEqual([]);
});
