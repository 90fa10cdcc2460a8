// Functions that the tests of `spawnBlocking` run on other threads.
import { threadId } from "node:worker_threads";
import { blockOn, movedResult, registerBlocking, sleep, spawnBlocking } from "@bascule/core";

export default function double(value: number): number {
  return 2 * value;
}

export function add(left: number, right: number): number {
  return left + right;
}

/** Blocks its thread until the word is not 0 any more. */
export function waitForWord(word: Int32Array): number {
  Atomics.add(word, 1, 1);
  Atomics.notify(word, 1);
  Atomics.wait(word, 0, 0, 10_000);
  return threadId;
}

export function thread(): number {
  return threadId;
}

export async function later(value: string): Promise<string> {
  await sleep(1);
  return `${value} later`;
}

export function blocked(): number {
  return blockOn(async () => {
    await sleep(1);
    return await spawnBlocking(add, [20, 22]);
  });
}

/** Fills what came, and gives it back. */
export function fill(bytes: Uint8Array, value: number): Uint8Array {
  return bytes.fill(value);
}

export function make(byteLength: number): { bytes: Uint8Array } {
  const bytes = new Uint8Array(byteLength).fill(7);
  return movedResult({ bytes }, [bytes.buffer]);
}

export function throwCustom(code: string): never {
  class CustomError extends Error {
    override readonly name: string = "CustomError";
    readonly code: string = code;
  }
  throw new CustomError("it went wrong", { cause: new RangeError("because of this") });
}

export function throwValue(): never {
  throw { nothing: "but a value" };
}

export function throwAfter(_bytes: Uint8Array): never {
  throw new TypeError("not with these bytes");
}

export function returnFunction(): unknown {
  return () => 1;
}

export function exitProcess(): void {
  process.exit(3);
}

/** Leaves a timer behind that fails, and waits for ever. */
export function failBeside(): Promise<never> {
  setTimeout(() => {
    throw new Error("a stray failure");
  }, 1);
  return new Promise(() => undefined);
}

export function spin(): never {
  for (;;);
}

registerBlocking(double, import.meta.url, "default");
registerBlocking(add, import.meta.url);
registerBlocking(waitForWord, import.meta.url);
registerBlocking(thread, import.meta.url);
registerBlocking(later, import.meta.url);
registerBlocking(blocked, import.meta.url);
registerBlocking(fill, import.meta.url);
registerBlocking(make, import.meta.url);
registerBlocking(throwAfter, import.meta.url);
