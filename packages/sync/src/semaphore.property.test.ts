import { expect, test } from "bun:test";
import { spawn, yieldNow } from "@bascule/core";
import fc from "fast-check";
import { type Permit, Semaphore } from "./semaphore.ts";

interface Request {
  readonly count: number;
  /** Turns of the run queue before it asks, before it gives up, and while it holds. */
  readonly before: number;
  readonly patience: number;
  readonly hold: number;
}

const PERMITS = 4;

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await yieldNow();
}

/** Asks, holds and releases; a request whose patience ends first gives up. */
async function run(semaphore: Semaphore, request: Request, held: Set<Permit>): Promise<void> {
  await turns(request.before);
  const controller = new AbortController();
  const acquiring = semaphore.acquire(request.count, { signal: controller.signal });
  const losingPatience = spawn(async () => {
    await turns(request.patience);
    controller.abort("impatient");
  });
  try {
    using permit = await acquiring;
    held.add(permit);
    let sum = 0;
    for (const each of held) sum += each.count;
    expect(sum).toBeLessThanOrEqual(PERMITS);
    await turns(request.hold);
    held.delete(permit);
  } catch (error) {
    if (error !== "impatient") throw error;
  } finally {
    await losingPatience;
  }
}

test("no permit is lost or given twice, whoever gives up when", async () => {
  const request = fc.record({
    count: fc.integer({ min: 1, max: PERMITS }),
    before: fc.nat(6),
    patience: fc.nat(12),
    hold: fc.nat(4),
  });
  const property = fc.asyncProperty(fc.array(request, { maxLength: 24 }), async (requests) => {
    const semaphore = new Semaphore(PERMITS);
    const held = new Set<Permit>();
    await Promise.all(requests.map((each) => spawn(() => run(semaphore, each, held))));
    expect([semaphore.available, semaphore.waiting, held.size]).toEqual([PERMITS, 0, 0]);
  });
  await fc.assert(property, { numRuns: 200 });
}, 30_000);

test("permits are granted in the order of asking, whatever the weights", async () => {
  const counts = fc.array(fc.integer({ min: 1, max: PERMITS }), { maxLength: 24 });
  const property = fc.asyncProperty(counts, async (all) => {
    const semaphore = new Semaphore(PERMITS);
    const first = await semaphore.acquire(PERMITS);
    const order: number[] = [];
    const tasks = all.map((count, index) =>
      semaphore.acquire(count).then(async (permit) => {
        order.push(index);
        await yieldNow();
        permit.release();
      }),
    );
    first.release();
    await Promise.all(tasks);
    expect(order).toEqual(all.map((_, index) => index));
  });
  await fc.assert(property, { numRuns: 100 });
}, 30_000);
