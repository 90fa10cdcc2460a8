import { expect, test } from "bun:test";
import { ChatGreeting } from "./chat-greeting.ts";

const PROMPT = "Please enter your username:\n";

test("prompt and joins are counted, however they are cut", () => {
  const greeting = new ChatGreeting(3);
  for (const letter of `${PROMPT}u00001 has joined the chat\n`) greeting.take(0, letter);
  expect(greeting.prompted).toBe(1);
  expect(greeting.heardBy(0)).toBe(1);
  greeting.take(1, `${PROMPT}u00002 has joined the chat\n`);
  greeting.take(0, "u00002 has joined the chat\n");
  expect(greeting.announced).toBe(greeting.announcedWhenAllJoined);
});

test("anything but the next expected line is noticed", () => {
  const greeting = new ChatGreeting(3);
  expect(() => greeting.take(0, "Welcome\n")).toThrow('Client 0 got "Welcome"');
  greeting.take(1, PROMPT);
  expect(() => greeting.take(1, "u00001 has joined the chat\n")).toThrow(
    'instead of "u00002 has joined the chat"',
  );
});

test("a farewell must be that of the one who left", () => {
  const greeting = new ChatGreeting(2);
  greeting.take(0, `${PROMPT}u00001 has joined the chat\n`);
  greeting.expectFarewell(1);
  expect(() => greeting.take(0, "u00000 has left the chat\n")).toThrow("instead of");
  greeting.take(0, "u00001 has left the chat\n");
  expect(greeting.announced).toBe(1);
});
