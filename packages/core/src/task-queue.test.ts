import { expect, test } from "bun:test";
import fc from "fast-check";
import { Executor } from "./executor.ts";
import { Task } from "./task.ts";
import { TaskQueue } from "./task-queue.ts";

const executor = new Executor({ schedule: () => undefined });

function task(id: number): Task {
  return new Task(id, executor, undefined, "normal", null);
}

test("an empty queue gives null", () => {
  expect(new TaskQueue().shift()).toBeNull();
});

test("any mix of pushes and shifts keeps the order of an array", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -120, max: 150 }), { maxLength: 30 }), (bursts) => {
      const queue = new TaskQueue();
      const model: Task[] = [];
      let nextId = 0;
      for (const burst of bursts) {
        for (let i = 0; i < burst; i++) {
          const pushed = task(nextId++);
          queue.push(pushed);
          model.push(pushed);
        }
        for (let i = 0; i > burst; i--) expect(queue.shift()).toBe(model.shift() ?? null);
        expect(queue.length).toBe(model.length);
      }
      for (const each of model) expect(queue.shift()).toBe(each);
      expect(queue.shift()).toBeNull();
    }),
  );
});

test("what is taken out of the middle leaves the others in order", () => {
  const steps = fc.array(fc.record({ shifts: fc.nat(9), pushes: fc.nat(40), victim: fc.nat() }));
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new TaskQueue();
      let model: Task[] = [];
      let nextId = 0;
      for (const { shifts, pushes, victim } of all) {
        for (let i = 0; i < shifts; i++) expect(queue.shift()).toBe(model.shift() ?? null);
        for (let i = 0; i < pushes; i++) model.push(task(nextId++));
        for (const pushed of model.slice(model.length - pushes)) queue.push(pushed);
        const gone = model[victim % Math.max(1, model.length)];
        if (gone !== undefined) queue.delete(gone);
        model = model.filter((each) => each !== gone);
        expect(queue.length).toBe(model.length);
      }
      for (const each of model) expect(queue.shift()).toBe(each);
      expect(queue.shift()).toBeNull();
    }),
  );
});
