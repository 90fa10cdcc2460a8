import { expect, test } from "bun:test";
import { inTheChat, lineTooLong, readTooSlowly } from "../protocol/texts.ts";
import { dim, inColourOf } from "./colours.ts";
import { ScrollBack } from "./scroll-back.ts";

const COLUMNS = 20;

function talkOf(count: number): ScrollBack {
  const talk = new ScrollBack();
  for (let i = 0; i < count; i++) talk.add(`line ${i}`, COLUMNS);
  return talk;
}

function plain(rows: readonly string[]): string[] {
  return rows.map((row) => Bun.stripANSI(row));
}

test("the last rows are shown, fewer when there are no more", () => {
  expect(plain(talkOf(5).rows(COLUMNS, 3))).toEqual(["line 2", "line 3", "line 4"]);
  expect(plain(talkOf(2).rows(COLUMNS, 3))).toEqual(["line 0", "line 1"]);
});

test("scrolling stops at both ends", () => {
  const talk = talkOf(10);
  talk.scroll(4, COLUMNS, 3);
  expect(plain(talk.rows(COLUMNS, 3))).toEqual(["line 3", "line 4", "line 5"]);
  talk.scroll(100, COLUMNS, 3);
  expect(plain(talk.rows(COLUMNS, 3))).toEqual(["line 0", "line 1", "line 2"]);
  talk.scroll(-100, COLUMNS, 3);
  expect(plain(talk.rows(COLUMNS, 3))).toEqual(["line 7", "line 8", "line 9"]);
  expect(talk.isScrolled).toBe(false);
});

test("what is read stays in place while others talk", () => {
  const talk = talkOf(10);
  talk.scroll(4, COLUMNS, 3);
  talk.add("a new line that takes two rows", COLUMNS);
  expect(plain(talk.rows(COLUMNS, 3))).toEqual(["line 3", "line 4", "line 5"]);
});

test("a row is broken anew when the window changes", () => {
  const talk = new ScrollBack();
  talk.add("ann: one two three", COLUMNS);
  expect(plain(talk.rows(10, 5))).toEqual(["ann: one", "two three"]);
  expect(plain(talk.rows(40, 5))).toEqual(["ann: one two three"]);
});

test("a name has its colour, always the same, and nobody's words are dim", () => {
  const talk = new ScrollBack();
  talk.add("ann: hello", COLUMNS);
  talk.add("ann: again", COLUMNS);
  talk.add("ann has left the chat", 40);
  const name = inColourOf("ann", "ann");
  expect(talk.rows(40, 3)).toEqual([
    `${name}: hello`,
    `${name}: again`,
    dim("ann has left the chat"),
  ]);
});

test("rows() takes no answer of the server for something that somebody says", () => {
  const talk = new ScrollBack();
  const answers = [
    inTheChat(["ann", "bob"]),
    lineTooLong(8192),
    readTooSlowly(1024 * 1024),
    "That name has 40 characters: 32 is the most\n",
    "The name ann is taken: choose another\n",
  ].map((line) => line.trimEnd());
  for (const line of answers) talk.add(line, 100);
  expect(talk.rows(100, 5)).toEqual(answers.map(dim));
});
