import { expect, test } from "bun:test";
import { LibraryMissingError, openLibrary } from "./library.ts";

const TABLE = { getpid: { args: [], returns: "i32" } } as const;
const SOURCE = { library: "libexample", candidates: ["libc.so.6"], remedy: "apt-get install it" };

function failureOf(work: () => unknown): LibraryMissingError {
  try {
    work();
  } catch (error) {
    if (error instanceof LibraryMissingError) return error;
    throw error;
  }
  throw new Error("It did not fail");
}

test("the functions of a library are bound", () => {
  expect(openLibrary(SOURCE, TABLE).getpid()).toBe(process.pid);
});

test("the first candidate that opens is taken", () => {
  const candidates = ["libnothing.so.0", "libc.so.6"];
  expect(openLibrary({ ...SOURCE, candidates }, TABLE).getpid()).toBe(process.pid);
});

test("a missing library names what was tried and the command that mends it", () => {
  const candidates = ["libnothing.so.0"];
  const error = failureOf(() => openLibrary({ ...SOURCE, candidates }, TABLE));
  expect(error.code).toBe("ERR_LIBRARY_MISSING");
  expect(error.name).toBe("LibraryMissingError");
  expect(error.pathsTried).toEqual(candidates);
  expect(error.remedy).toBe("apt-get install it");
  expect(error.message).toContain("Cannot load libexample");
  expect(error.message).toContain("apt-get install it");
  expect(error.cause).toBeInstanceOf(Error);
});

test("a library that is too old to have a function is told apart", () => {
  const table = { no_such_function: { args: [], returns: "i32" } } as const;
  const error = failureOf(() => openLibrary(SOURCE, table));
  expect(error.code).toBe("ERR_LIBRARY_SYMBOL_MISSING");
  expect(error.message).toContain("no_such_function");
});
