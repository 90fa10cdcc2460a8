import { expect, test } from "bun:test";
import { Operation } from "@bascule/core";
import { OperationQueue } from "./operation-queue.ts";

function slots(queue: OperationQueue): number[] {
  const found: number[] = [];
  for (let each = queue.shift(); each !== null; each = queue.shift()) found.push(each.slot);
  return found;
}

function filled(count: number): { queue: OperationQueue; operations: Operation[] } {
  const queue = new OperationQueue();
  const operations = Array.from({ length: count }, (_, slot) => new Operation(slot));
  for (const operation of operations) queue.push(operation);
  return { queue, operations };
}

test("operations come out in the order in which they went in", () => {
  const { queue } = filled(5);
  expect(queue.length).toBe(5);
  expect(slots(queue)).toEqual([0, 1, 2, 3, 4]);
  expect([queue.length, queue.shift()]).toEqual([0, null]);
});

test("taking one out leaves the others in order, wherever it stood", () => {
  for (let taken = 0; taken < 4; taken++) {
    const { queue, operations } = filled(4);
    const operation = operations[taken] as Operation;
    expect(queue.remove(operation)).toBe(true);
    expect(queue.remove(operation)).toBe(false);
    expect(operation.next).toBeNull();
    // The end of the line must be right as well.
    queue.push(operation);
    expect(slots(queue)).toEqual([...[0, 1, 2, 3].filter((slot) => slot !== taken), taken]);
  }
});

test("the last one taken out leaves an empty queue that works", () => {
  const { queue, operations } = filled(1);
  const [operation] = operations as [Operation];
  queue.remove(operation);
  expect(queue.length).toBe(0);
  queue.push(operation);
  expect(slots(queue)).toEqual([0]);
});
