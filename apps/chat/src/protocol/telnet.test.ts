import { expect, test } from "bun:test";
import { TelnetFilter } from "./telnet.ts";

const IAC = 255;
function text(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function strip(...lines: (number | string)[][]): string[] {
  const filter = new TelnetFilter();
  return lines.map((line) => {
    const bytes = line.flatMap((part) =>
      typeof part === "string" ? [...Buffer.from(part)] : part,
    );
    return text(filter.strip(Uint8Array.from(bytes)));
  });
}

test("a line without commands is the same bytes", () => {
  const bytes = Uint8Array.from(Buffer.from("plain"));
  expect(new TelnetFilter().strip(bytes)).toBe(bytes);
});

test("commands of two and three bytes and subnegotiations are taken out", () => {
  expect(strip(["a", IAC, 241, "b"])).toEqual(["ab"]);
  expect(strip([IAC, 251, 31, "a", IAC, 254, 1, "b"])).toEqual(["ab"]);
  expect(strip(["a", IAC, 250, 24, 0, "xterm", IAC, IAC, 1, IAC, 240, "b"])).toEqual(["ab"]);
});

test("a doubled 255 is the byte 255 of the text", () => {
  expect(strip(["a", IAC, IAC, "b"])).toEqual(["a\u00ffb"]);
});

test("a newline inside a sequence belongs to the sequence", () => {
  const filter = new TelnetFilter();
  filter.strip(Uint8Array.of(0x61, IAC, 250, 31, 0, 80, 0));
  expect(filter.isInside).toBe(true);
  expect(text(filter.strip(Uint8Array.of(IAC, 240, 0x62)))).toBe("b");
  expect(filter.isInside).toBe(false);
  filter.strip(Uint8Array.of(IAC, 253));
  expect(filter.isInside).toBe(true);
  expect(text(filter.strip(Uint8Array.of(0x63)))).toBe("c");
});

test("a lone 255 at the end of a line swallows nothing of the next", () => {
  expect(strip(["a", IAC], ["b"])).toEqual(["a", "b"]);
});

test("what does not end like a subnegotiation is none, and all of it is text", () => {
  const stray = String.fromCharCode(IAC, 250);
  expect(strip([IAC, 250], ["hello"], ["there"], ["and on"])).toEqual([
    "",
    "",
    `${stray}\nhello\nthere`,
    "and on",
  ]);
  const long = "x".repeat(600);
  expect(strip(["a", IAC, 250, long, IAC, 241, "b"])).toEqual([`a${stray}${long}b`]);
  expect(strip(["a", IAC, 250, "x".repeat(509), IAC, 240, "b"])).toEqual([
    `a${stray}${"x".repeat(509)}${String.fromCharCode(IAC, 240)}b`,
  ]);
});

test("a subnegotiation has as many bytes and newlines as one may have", () => {
  expect(strip(["a", IAC, 250, "x".repeat(508), IAC, 240, "b"])).toEqual(["ab"]);
  expect(strip(["a", IAC, 250, 31, 0], [0], [IAC, 240, "b"], ["c"])).toEqual(["a", "", "b", "c"]);
});

test("a subnegotiation that the end cuts off is text", () => {
  const filter = new TelnetFilter();
  filter.strip(Uint8Array.of(IAC, 250, 0x61));
  filter.strip(Uint8Array.of(0x62, IAC));
  expect(text(filter.end())).toBe("\u00ff\u00faa\nb\u00ff");
  expect(filter.end()).toBeEmpty();
});
