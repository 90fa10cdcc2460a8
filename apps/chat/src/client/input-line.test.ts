import { expect, test } from "bun:test";
import { InputLine } from "./input-line.ts";

function typed(text: string): InputLine {
  const input = new InputLine();
  for (const character of text) input.insert(character);
  return input;
}

test("what is typed goes in where the cursor is", () => {
  const input = typed("hllo");
  input.toStart();
  input.right();
  input.insert("e");
  expect(input.text).toBe("hello");
  expect(input.view(80)).toEqual({ text: "hello", column: 2 });
});

test("characters join those before them as they come, and only those", () => {
  const flags = "🇩🇪🇫🇷";
  const family = "👩‍👩‍👧";
  const input = typed(`x${flags}${family}e\u0301कि가`);
  for (const rest of [`x${flags}${family}e\u0301कि`, `x${flags}${family}e\u0301`]) {
    input.backspace();
    expect(input.text).toBe(rest);
  }
  for (const rest of [`x${flags}${family}`, `x${flags}`, "x🇩🇪", "x", ""]) {
    input.backspace();
    expect(input.text).toBe(rest);
  }
});

test("keys take away one character, as it looks", () => {
  const input = typed("ab👩‍👩‍👧c\u0301");
  input.backspace();
  expect(input.text).toBe("ab👩‍👩‍👧");
  input.left();
  input.delete();
  expect(input.text).toBe("ab");
  input.backspace();
  input.backspace();
  input.backspace();
  expect(input.text).toBe("");
});

test("a word, or all before the cursor, goes at once", () => {
  const input = typed("one two  three");
  input.deleteWord();
  expect(input.text).toBe("one two  ");
  input.deleteWord();
  expect(input.text).toBe("one ");
  input.deleteToStart();
  expect(input.text).toBe("");
});

test("view() keeps the cursor in sight of a line that is too long", () => {
  const input = typed("0123456789日本");
  expect(input.view(8)).toEqual({ text: "789日本", column: 7 });
  input.toStart();
  expect(input.view(8)).toEqual({ text: "0123456", column: 0 });
});

test("recall() goes through what was sent, and back to an empty line", () => {
  const input = typed("first");
  expect(input.take()).toBe("first");
  input.insert("second");
  input.take();
  input.recall(-1);
  input.recall(-1);
  input.recall(-1);
  expect(input.text).toBe("first");
  input.recall(1);
  expect(input.text).toBe("second");
  input.recall(1);
  expect(input.text).toBe("");
});

test("recall() gives back what was being typed", () => {
  const input = new InputLine();
  input.insert("said");
  input.take();
  input.insert("half a li");
  input.recall(-1);
  expect(input.text).toBe("said");
  input.insert("!");
  input.recall(1);
  expect(input.text).toBe("half a li");
  input.insert("ne");
  input.recall(1);
  expect(input.text).toBe("half a line");
  input.recall(-1);
  input.take();
  input.recall(-1);
  input.recall(1);
  expect(input.text).toBe("");
});
