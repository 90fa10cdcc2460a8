import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Timer, Timers } from "./timers.ts";

interface Recorded extends Timer {
  readonly id: number;
}

function timer(id: number, deadlineMs: number, fired: number[], referenced = true): Recorded {
  return { id, deadlineMs, heapIndex: -1, sequence: 0, referenced, fire: () => fired.push(id) };
}

test("any mix of arming, cancelling and firing agrees with a sorted list", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("arm" as const), at: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ kind: fc.constant("cancel" as const), at: fc.nat(200) }),
    fc.record({ kind: fc.constant("fire" as const), at: fc.integer({ min: 0, max: 50 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const timers = new Timers();
      const fired: number[] = [];
      const expected: number[] = [];
      const made: Recorded[] = [];
      let model: Recorded[] = [];
      for (const { kind, at } of steps) {
        if (kind === "arm") {
          const added = timer(made.length, at, fired);
          made.push(added);
          model.push(added);
          timers.arm(added);
        } else if (kind === "cancel") {
          const victim = made[at % Math.max(1, made.length)];
          if (victim === undefined) continue;
          timers.cancel(victim);
          model = model.filter((each) => each !== victim);
        } else {
          const due = model.filter((each) => each.deadlineMs <= at);
          due.sort((a, b) => a.deadlineMs - b.deadlineMs || a.id - b.id);
          expected.push(...due.map((each) => each.id));
          model = model.filter((each) => each.deadlineMs > at);
          expect(timers.fire(at)).toBe(due.length);
        }
        expect(timers.armed).toBe(model.length);
        expect(timers.referenced).toBe(model.length);
        const next = Math.min(Number.POSITIVE_INFINITY, ...model.map((each) => each.deadlineMs));
        expect(timers.nextDeadlineMs).toBe(next);
      }
      expect(fired).toEqual(expected);
    }),
  );
});

test("equal deadlines fire in the order of arming", () => {
  const timers = new Timers();
  const fired: number[] = [];
  for (let id = 0; id < 100; id++) timers.arm(timer(id, 7, fired));
  expect(timers.fire(7)).toBe(100);
  expect(fired).toEqual(Array.from({ length: 100 }, (_, id) => id));
});

test("a timer that is cancelled twice, or after it fired, changes nothing", () => {
  const timers = new Timers();
  const fired: number[] = [];
  const [first, second] = [timer(1, 1, fired), timer(2, 2, fired)];
  timers.arm(first);
  timers.arm(second);
  timers.cancel(first);
  timers.cancel(first);
  timers.fire(2);
  timers.cancel(second);
  expect(fired).toEqual([2]);
  expect([timers.armed, timers.referenced]).toEqual([0, 0]);
});

test("a timer that is armed while another fires is fired too when it is due", () => {
  const timers = new Timers();
  const fired: number[] = [];
  const late = timer(2, 3, fired);
  const early: Timer = { ...timer(1, 1, fired), fire: () => timers.arm(late) };
  timers.arm(early);
  expect(timers.fire(5)).toBe(2);
  expect(fired).toEqual([2]);
});

test("only referenced timers are counted as keeping the process alive", () => {
  const timers = new Timers();
  const quiet = timer(1, 1, [], false);
  timers.arm(quiet);
  timers.arm(timer(2, 2, []));
  expect([timers.armed, timers.referenced]).toEqual([2, 1]);
  timers.cancel(quiet);
  expect([timers.armed, timers.referenced]).toEqual([1, 1]);
});

test("fractions of a millisecond are kept apart", () => {
  const timers = new Timers();
  const fired: number[] = [];
  timers.arm(timer(2, 1.0002, fired));
  timers.arm(timer(1, 1.0001, fired));
  expect(timers.fire(1.00015)).toBe(1);
  expect(timers.nextDeadlineMs).toBe(1.0002);
  timers.fire(1.0002);
  expect(fired).toEqual([1, 2]);
});

test("a timer that takes the place of a cancelled one moves up past a later parent", () => {
  const timers = new Timers();
  // In a heap of four children each, 101 is below 100, and the last, 5, below 1.
  const deadlines = [0, 100, 1, 50, 60, 101, 102, 103, 104, 2, 3, 4, 5];
  const fired: number[] = [];
  const armed = deadlines.map((deadlineMs) => {
    const timer = {
      deadlineMs,
      heapIndex: -1,
      sequence: 0,
      referenced: true,
      fire: () => void fired.push(deadlineMs),
    };
    timers.arm(timer);
    return timer;
  });
  const cancelled = armed.find(({ deadlineMs }) => deadlineMs === 101);
  if (cancelled !== undefined) timers.cancel(cancelled);
  timers.fire(1000);
  expect(fired).toEqual([0, 1, 2, 3, 4, 5, 50, 60, 100, 102, 103, 104]);
});
