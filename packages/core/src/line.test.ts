import { expect, test } from "bun:test";
import fc from "fast-check";
import { FakeRuntime } from "../test/fake-driver.ts";
import { type InLine, Line } from "./line.ts";
import { Slots } from "./slots.ts";

class Place implements InLine {
  previousInLine: InLine | null = null;
  nextInLine: InLine | null = null;
  isInLine: boolean = false;
}

function placesIn(line: Line<Place>): Place[] {
  const places: Place[] = [];
  for (let place = line.first; place !== null; place = line.after(place)) places.push(place);
  return places;
}

test("a line keeps the order of entering, whoever leaves it, and agrees with a list", () => {
  const step = fc.oneof(fc.constant(null), fc.constant("first" as const), fc.nat(20));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const line = new Line<Place>();
      const made: Place[] = [];
      let model: Place[] = [];
      for (const index of steps) {
        if (index === "first") {
          expect(line.shift()).toBe(model.shift() ?? null);
          continue;
        }
        const leaving = index === null ? undefined : made[index];
        if (leaving === undefined) {
          const place = new Place();
          made.push(place);
          model.push(place);
          line.enter(place);
        } else {
          expect(line.remove(leaving)).toBe(model.includes(leaving));
          model = model.filter((each) => each !== leaving);
        }
        expect([placesIn(line), line.length]).toEqual([model, model.length]);
        expect(made.filter((each) => each.isInLine)).toEqual(model);
      }
    }),
  );
});

test("200,000 in line come in one by one, in time that grows with their number", async () => {
  await using _fake = new FakeRuntime();
  const slots = new Slots(1);
  let turns = 0;
  const all = Array.from({ length: 200_000 }, () => slots.run(() => void turns++));
  await Promise.all(all);
  expect(turns).toBe(200_000);
}, 5000);
