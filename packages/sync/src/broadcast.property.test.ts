import { expect, test } from "bun:test";
import fc from "fast-check";
import { broadcast, type BroadcastReceiver, type BroadcastSender } from "./broadcast.ts";
import { LaggedError } from "./errors.ts";

// The model keeps every message for ever; a receiver is an index into it.
class Model {
  readonly sent: number[] = [];
  readonly receivers: { real: BroadcastReceiver<number>; next: number }[] = [];
}

function receive(model: Model, capacity: number, which: number): void {
  const receiver = model.receivers[which % Math.max(1, model.receivers.length)];
  if (receiver === undefined) return;
  const oldest = Math.max(0, model.sent.length - capacity);
  if (receiver.next >= oldest) {
    expect(receiver.real.tryRecv()).toBe(model.sent[receiver.next]);
    if (receiver.next < model.sent.length) receiver.next++;
    return;
  }
  try {
    receiver.real.tryRecv();
    throw new Error("A gap was not told");
  } catch (error) {
    if (!(error instanceof LaggedError)) throw error;
    expect(error.missed).toBe(oldest - receiver.next);
    receiver.next = oldest;
  }
}

function step(model: Model, sender: BroadcastSender<number>, capacity: number, dice: number): void {
  const which = dice >> 3;
  if (dice % 8 < 3) {
    expect(sender.send(dice)).toBe(model.receivers.length);
    if (model.receivers.length > 0) model.sent.push(dice);
  } else if (dice % 8 < 6) {
    receive(model, capacity, which);
  } else if (dice % 8 === 6) {
    model.receivers.push({ real: sender.subscribe(), next: model.sent.length });
  } else if (which % 3 === 0) {
    const [gone] = model.receivers.splice(which % Math.max(1, model.receivers.length), 1);
    gone?.real.close();
  }
}

test("receivers see what the model says: all messages in order, with the gaps counted", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.nat(4095), { maxLength: 200 }),
      (capacity, dice) => {
        const sender = broadcast<number>(capacity);
        const model = new Model();
        for (const each of dice) step(model, sender, capacity, each);
        for (let i = 0; i < model.receivers.length; i++) {
          for (let left = 0; left <= capacity + 1; left++) receive(model, capacity, i);
        }
      },
    ),
  );
});
