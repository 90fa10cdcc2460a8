import { expect, test } from "bun:test";
import { failureOf } from "../test/settled.ts";
import { oneByOne } from "./one-by-one.ts";

test("one next after the other is taken for, whatever becomes of those before", async () => {
  const begun: PromiseWithResolvers<number>[] = [];
  const values = oneByOne(async () => {
    const taken = Promise.withResolvers<number>();
    begun.push(taken);
    return { value: await taken.promise, done: false };
  });
  const asked = [values.next(), values.next(), values.next()];
  const failure = failureOf(asked[0] as Promise<unknown>);
  expect(begun.length).toBe(1);
  begun[0]?.reject("aborted");
  expect(await failure).toBe("aborted");
  expect(begun.length).toBe(2);
  begun[1]?.resolve(1);
  expect(await asked[1]).toEqual({ value: 1, done: false });
  begun[2]?.resolve(2);
  expect(await asked[2]).toEqual({ value: 2, done: false });
  void values.next();
  expect(begun.length).toBe(4);
});
