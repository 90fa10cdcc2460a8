import { expect, test } from "bun:test";
import { type Contender, peer } from "./contender.ts";
import { medianOf, ratioTo } from "./report/series.ts";
import { failuresOf, interleave } from "./rounds.ts";

const STEADY: Contender = peer("steady", "Steady", "");
const SHAKY: Contender = peer("shaky", "Shaky", "");

test("contenders take turns", async () => {
  const order: string[] = [];
  await interleave([STEADY, SHAKY], 2, async ({ name }) => order.push(name));
  expect(order).toEqual(["steady", "shaky", "steady", "shaky"]);
});

test("a failing round is told, and takes no other round with it", async () => {
  const rates = { steady: [10, 100, 10], shaky: [20, null, 20] };
  const rounds = { steady: 0, shaky: 0 };
  const all = await interleave([STEADY, SHAKY], 3, async ({ name }) => {
    const key = name === "steady" ? "steady" : "shaky";
    const rate = rates[key][rounds[key]++];
    if (typeof rate !== "number") throw new Error("Connection 7 got wrong bytes");
    return { rate };
  });
  const [steady, shaky] = all;
  if (steady === undefined || shaky === undefined) throw new Error("A series is missing");
  expect(medianOf(steady, ({ rate }) => rate)).toBe(10);
  expect(medianOf(shaky, ({ rate }) => rate)).toBe(20);
  expect(ratioTo(steady, shaky, ({ rate }) => rate)).toBe(2);
  expect(failuresOf(all)).toEqual(["Round 2 of Shaky is missing: Connection 7 got wrong bytes"]);
});
