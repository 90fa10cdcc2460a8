import { describe, expect, spyOn, test } from "bun:test";
import { spawn, suspend, type WaitOptions, yieldNow } from "@bascule/core";
import fc from "fast-check";
import { failureOf } from "../test/settled.ts";
import { connectPair } from "../test/stream-pair.ts";
import { LineTooLongError } from "./errors.ts";
import { type ByteSource, LineReader, type LineReaderOptions } from "./line-reader.ts";

const TOO_LONG = "(too long)";

/** Gives one piece for each read, and keeps it when the read is aborted, as a socket does. */
class Pieces implements ByteSource {
  reads: number = 0;
  readonly #pieces: Uint8Array[];

  constructor(pieces: readonly (Uint8Array | string)[]) {
    this.#pieces = pieces.map((piece) => Uint8Array.from(Buffer.from(piece as string)));
  }

  async read(options?: WaitOptions): Promise<Uint8Array | null> {
    await yieldNow(options);
    this.reads++;
    return this.#pieces.shift() ?? null;
  }
}

function readerOf(pieces: readonly string[], options?: LineReaderOptions): LineReader {
  return new LineReader(new Pieces(pieces), options);
}

/** Every line, and a mark for each that is too long. */
async function allLines(reader: LineReader): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    try {
      const line = await reader.next();
      if (line === null) return lines;
      lines.push(line);
    } catch (error) {
      if (!(error instanceof LineTooLongError)) throw error;
      lines.push(TOO_LONG);
    }
  }
}

/** What the lines of a text are, said as simply as possible. */
function linesOf(text: string, maxBytes: number): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => {
    const bare = line.endsWith("\r") ? line.slice(0, -1) : line;
    return Buffer.byteLength(bare) > maxBytes ? TOO_LONG : bare;
  });
}

function cut(text: string, places: readonly number[]): Uint8Array[] {
  const bytes = Buffer.from(text);
  const sorted = places.map((place) => place % (bytes.byteLength + 1)).toSorted((a, b) => a - b);
  const ends = [...sorted, bytes.byteLength];
  const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  return pieces.filter((piece) => piece.byteLength > 0);
}

const texts = fc.string({ unit: fc.constantFrom("a", "b", "é", "𝄞", "\r", "\n"), maxLength: 80 });
const cuts = fc.array(fc.nat(500), { maxLength: 12 });
const limits = fc.integer({ min: 1, max: 20 });

test("several that wait get their lines in turn, and an aborted one holds nobody up", async () => {
  const pieces = new Pieces(["one\ntwo\nthr"]);
  const aborter = new AbortController();
  const { signal } = aborter;
  const reader = new LineReader({
    // What comes has two lines, and after it nothing.
    read: (options) => (pieces.reads === 0 ? pieces.read(options) : suspend(() => {}, { signal })),
  });
  const first = reader.next();
  const aborted = failureOf(reader.next({ signal }));
  const others = [reader.next(), failureOf(reader.next())];
  const reason = new Error("no longer");
  aborter.abort(reason);
  expect(await aborted).toBe(reason);
  expect(await Promise.all([first, ...others])).toEqual(["one", "two", reason]);
});

test("any text, cut at any points, gives the same lines", async () => {
  await fc.assert(
    fc.asyncProperty(texts, cuts, limits, async (text, places, maxBytes) => {
      const reader = new LineReader(new Pieces(cut(text, places)), { maxBytes });
      expect(await allLines(reader)).toEqual(linesOf(text, maxBytes));
      expect(await reader.next()).toBeNull();
    }),
  );
});

test("aborts, at any calls, lose nothing", async () => {
  const aborts = fc.array(fc.constantFrom("before", "during", "no"), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(texts, cuts, limits, aborts, async (text, places, maxBytes, moments) => {
      const reader = new LineReader(new Pieces(cut(text, places)), { maxBytes });
      const lines: string[] = [];
      for (const moment of moments) {
        const controller = new AbortController();
        const { signal } = controller;
        if (moment === "before") controller.abort("aborted");
        const reading = reader.next(moment === "no" ? undefined : { signal });
        if (moment === "during") controller.abort("aborted");
        try {
          const line = await reading;
          expect(moment).not.toBe("before");
          if (line !== null) lines.push(line);
        } catch (error) {
          if (error instanceof LineTooLongError) lines.push(TOO_LONG);
          else expect(error).toBe("aborted");
        }
      }
      lines.push(...(await allLines(reader)));
      expect(lines).toEqual(linesOf(text, maxBytes));
    }),
  );
});

describe("a line", () => {
  test("may end in \\n or \\r\\n, be empty, or be what comes before the end", async () => {
    const reader = readerOf(["one\r", "\ntwo\n\n\r\n", "a\rb\n", "rest"]);
    expect(await allLines(reader)).toEqual(["one", "two", "", "", "a\rb", "rest"]);
  });

  test("comes from memory without another read", async () => {
    const source = new Pieces(["one\ntwo\nthree\n"]);
    const reader = new LineReader(source);
    for (const line of ["one", "two", "three"]) expect(await reader.next()).toBe(line);
    expect(source.reads).toBe(1);
    expect(await reader.next()).toBeNull();
  });

  test("is decoded by the program's own decoder, without its end", async () => {
    const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
    expect(await allLines(readerOf(["\u0001\u0002\r\n\u0003"], { decode }))).toEqual([
      "0102",
      "03",
    ]);
  });

  test("can be iterated over, again after a break", async () => {
    const reader = readerOf(["one\ntwo\n", "three"]);
    for await (const line of reader) {
      expect(line).toBe("one");
      break;
    }
    expect(await Array.fromAsync(reader)).toEqual(["two", "three"]);
  });
});

describe("a line that is too long", () => {
  const options = { maxBytes: 5 };

  test("says the limit", async () => {
    const error = await failureOf(readerOf(["123456\n"], options).next());
    expect(error).toBeInstanceOf(LineTooLongError);
    expect(error).toMatchObject({
      message: "Line is longer than 5 bytes: it is skipped",
      code: "ERR_LINE_TOO_LONG",
      maxBytes: 5,
    });
  });

  test("is skipped when its end is there, and the next comes", async () => {
    const reader = readerOf(["1234567890\nnext\n123456\r\nlast\n"], options);
    expect(await allLines(reader)).toEqual([TOO_LONG, "next", TOO_LONG, "last"]);
  });

  test("fails once, before its end has come, however long it is", async () => {
    const source = new Pieces([...Array.from({ length: 50 }, () => "1234567890"), "\nnext\n"]);
    const reader = new LineReader(source, options);
    expect(await failureOf(reader.next())).toBeInstanceOf(LineTooLongError);
    expect(source.reads).toBe(1);
    expect(await reader.next()).toBe("next");
  });

  test("may be the last, with or without an end", async () => {
    for (const text of ["123456", "1234567890", "1234567890\n"]) {
      expect(await allLines(readerOf(["first\n", text], options))).toEqual(["first", TOO_LONG]);
    }
  });

  test("is one that is longer without its end: \\r\\n does not count", async () => {
    expect(await allLines(readerOf(["12345", "\r", "\n12345\r"], options))).toEqual([
      "12345",
      "12345",
    ]);
  });

  test("has a limit that makes sense", () => {
    expect(() => readerOf([], { maxBytes: 0 })).toThrow(
      new RangeError('Cannot use maxBytes "0": pass a whole number of bytes, 1 or more'),
    );
  });
});

describe("lines that have come already", () => {
  test("are no way round an aborted signal, and stay", async () => {
    const reader = readerOf(["one\ntwo\n"]);
    expect(await reader.next()).toBe("one");
    expect(await failureOf(reader.next({ signal: AbortSignal.abort("no") }))).toBe("no");
    expect(await reader.next()).toBe("two");
    expect(await reader.next()).toBeNull();
    expect(await failureOf(reader.next({ signal: AbortSignal.abort("no") }))).toBe("no");
  });

  test("are no way round the abort of the task, and stay", async () => {
    const reader = readerOf(["one\ntwo\n"]);
    const task = spawn(async () => {
      expect(await reader.next()).toBe("one");
      task.abort("stop");
      return await reader.next();
    });
    expect(await failureOf(task)).toBe("stop");
    expect(await reader.next()).toBe("two");
  });

  test("are no way round the budget: other tasks get their turns", async () => {
    const reader = readerOf(["line\n".repeat(5000)]);
    let isRead = false;
    let turns = 0;
    const other = spawn(async () => {
      for (; !isRead; turns++) await yieldNow();
    });
    const lines = await spawn(() => allLines(reader));
    isRead = true;
    await other;
    expect(lines.length).toBe(5000);
    expect(turns).toBeGreaterThan(20);
  });
});

test("the beginning of a line survives an abort of a wait for a socket", async () => {
  await using pair = await connectPair();
  const reader = pair.server.lines();
  await pair.client.write("first\nbegin");
  expect(await reader.next()).toBe("first");
  const controller = new AbortController();
  const reading = reader.next({ signal: controller.signal });
  controller.abort("later");
  expect(await failureOf(reading)).toBe("later");
  await pair.client.write("ning\nrest");
  await pair.client.closeWrite();
  expect(await allLines(reader)).toEqual(["beginning", "rest"]);
});

test("several that ask the iterator at once get a line each, all of one piece", async () => {
  await using pair = await connectPair();
  const lines = pair.server.lines()[Symbol.asyncIterator]();
  const asked = [lines.next(), lines.next(), lines.next()];
  await pair.client.write("one\ntwo\nthree\n");
  const taken = await Promise.all(asked);
  expect(taken.map(({ value }) => value)).toEqual(["one", "two", "three"]);
});

test("a long line in small pieces is not copied with each of them", async () => {
  const pieces = Array.from({ length: 2000 }, (_, index) => String(index % 10).repeat(50));
  const line = pieces.join("");
  const reader = readerOf([...pieces, "\nnext\nla", "st"], { maxBytes: line.length });
  const copying = spyOn(Uint8Array.prototype, "set");
  try {
    expect(await reader.next()).toBe(line);
    const copied = copying.mock.calls.reduce((sum, [bytes]) => sum + bytes.length, 0);
    expect(copied).toBeLessThan(4 * line.length);
  } finally {
    copying.mockRestore();
  }
  expect(await allLines(reader)).toEqual(["next", "last"]);
});
