import { expect, test } from "bun:test";
import { Agenda } from "./agenda.ts";
import { Random } from "./random.ts";

test("things happen in the order of their times, then in that of adding", () => {
  const agenda = new Agenda();
  const random = new Random(1);
  const expected: [number, number][] = [];
  for (let i = 0; i < 500; i++) {
    const atMs = random.next() % 20;
    expected.push([atMs, i]);
    agenda.add(atMs, () => seen.push([atMs, i]));
  }
  const seen: [number, number][] = [];
  for (let next = agenda.take(100); next !== null; next = agenda.take(100)) next.happen();
  expect(seen).toEqual(expected.toSorted(([a, i], [b, j]) => a - b || i - j));
  expect(agenda.length).toBe(0);
});

test("nothing happens before its time", () => {
  const agenda = new Agenda();
  agenda.add(5, () => undefined);
  expect(agenda.take(4.9)).toBeNull();
  expect(agenda.nextMs).toBe(5);
  expect(agenda.take(5)?.atMs).toBe(5);
  expect(agenda.nextMs).toBe(Number.POSITIVE_INFINITY);
});
