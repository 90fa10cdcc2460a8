import { expect, test } from "bun:test";
import { spawn, yieldNow } from "@bascule/core";
import fc from "fast-check";
import { channel, type Sender } from "./channel.ts";
import type { Receiver } from "./receiver.ts";

// Several producers and consumers whose waits are aborted at random moments: before the wake-up,
// between wake-up and delivery, after it. Whatever the interleaving, every message that was sent is
// received exactly once, and the messages of one producer in their order.

interface Message {
  readonly producer: number;
  readonly number: number;
}

interface Scenario {
  readonly capacity: number;
  readonly producers: number;
  readonly consumers: number;
  readonly messages: number;
  /** Drawn from by everything that decides at random. */
  readonly dice: number[];
}

/** A source of decisions that replays the same way for the same scenario. */
class Dice {
  readonly #numbers: readonly number[];
  #next: number = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  roll(sides: number): number {
    return (this.#numbers[this.#next++ % this.#numbers.length] ?? 0) % sides;
  }
}

/** Begins a wait and aborts it after as many turns of the run queue as the dice say, or never. */
async function impatiently<T>(
  dice: Dice,
  begin: (signal: AbortSignal) => Promise<T>,
): Promise<{ value: T } | "aborted"> {
  const controller = new AbortController();
  const wait = begin(controller.signal);
  const turns = dice.roll(4);
  const aborting = (async () => {
    for (let i = 0; i < turns; i++) await yieldNow();
    if (turns !== 3) controller.abort("impatient");
  })();
  try {
    return { value: await wait };
  } catch (error) {
    if (error !== "impatient") throw error;
    return "aborted";
  } finally {
    await aborting;
  }
}

async function produce(sender: Sender<Message>, scenario: Scenario, producer: number, dice: Dice) {
  using tx = sender;
  for (let number = 0; number < scenario.messages;) {
    const message = { producer, number };
    const sent =
      dice.roll(3) === 0
        ? tx.trySend(message) === "sent"
        : (await impatiently(dice, (signal) => tx.send(message, { signal }))) !== "aborted";
    if (sent) number++;
    else await yieldNow();
  }
}

async function consume(receiver: Receiver<Message>, dice: Dice, got: Message[]): Promise<void> {
  for (;;) {
    if (dice.roll(3) === 0) {
      const batch = await impatiently(dice, (signal) => receiver.recvMany(3, { signal }));
      if (batch === "aborted") continue;
      if (batch.value.length === 0) return;
      got.push(...batch.value);
    } else {
      const one = await impatiently(dice, (signal) => receiver.recv({ signal }));
      if (one === "aborted") continue;
      if (one.value === undefined) return;
      got.push(one.value);
    }
  }
}

async function run(scenario: Scenario): Promise<void> {
  const dice = new Dice(scenario.dice);
  const [sender, receiver] = channel<Message>(scenario.capacity);
  const got = Array.from({ length: scenario.consumers }, (): Message[] => []);
  const tasks = got.map((mine) => spawn(() => consume(receiver, dice, mine)));
  for (let producer = 0; producer < scenario.producers; producer++) {
    const handle = sender.clone();
    tasks.push(spawn(() => produce(handle, scenario, producer, dice)));
  }
  sender.close();
  await Promise.all(tasks);
  for (let producer = 0; producer < scenario.producers; producer++) {
    const perConsumer = got.map((mine) =>
      mine.filter((message) => message.producer === producer).map((message) => message.number),
    );
    for (const numbers of perConsumer) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    const all = perConsumer.flat().sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: scenario.messages }, (_, i) => i));
  }
}

test("whatever is aborted when, messages arrive once and in their producer's order", async () => {
  const scenarios = fc.record({
    capacity: fc.integer({ min: 1, max: 4 }),
    producers: fc.integer({ min: 1, max: 3 }),
    consumers: fc.integer({ min: 1, max: 3 }),
    messages: fc.integer({ min: 1, max: 12 }),
    dice: fc.array(fc.nat(1000), { minLength: 16, maxLength: 64 }),
  });
  await fc.assert(fc.asyncProperty(scenarios, run), { numRuns: 200 });
}, 30_000);
