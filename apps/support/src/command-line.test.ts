import { expect, test } from "bun:test";
import { portFrom, readCommandLine, textFrom, UsageError } from "./command-line.ts";

const commandLine = {
  program: "chat",
  usage: "Usage\n",
  options: { port: { type: "string" }, quiet: { type: "boolean" } },
} as const;

test("readCommandLine() gives what was passed, and undefined for what was not", () => {
  expect(readCommandLine(commandLine, ["--port", "7"]).port).toBe("7");
  expect(readCommandLine(commandLine, ["--port=7", "--quiet"]).quiet).toBe(true);
  expect(readCommandLine(commandLine, []).port).toBeUndefined();
});

test("readCommandLine() refuses what is not in the table, and says where to look", () => {
  for (const args of [["--bogus"], ["stray"], ["--port"], ["--quiet=1"]]) {
    expect(() => readCommandLine(commandLine, args)).toThrow(UsageError);
    expect(() => readCommandLine(commandLine, args)).toThrow("./dev chat --help");
  }
});

test("readCommandLine() takes a value that begins like an option for a value", () => {
  expect(readCommandLine(commandLine, ["--port", "-1"]).port).toBe("-1");
  expect(readCommandLine(commandLine, ["--port=7", "--port", "-x"]).port).toBe("-x");
  expect(() => readCommandLine(commandLine, ["--quiet", "-1"])).toThrow("Unknown option '-1'");
});

test("readCommandLine() says which option has no value", () => {
  for (const args of [["--port"], ["--port", "--quiet"], ["--port", "--"]]) {
    const message = "--port has no value: ./dev chat --help lists the options";
    expect(() => readCommandLine(commandLine, args)).toThrow(message);
  }
});

test("portFrom() takes whole numbers in range, and nothing that only looks like one", () => {
  expect(portFrom(undefined, 6142)).toBe(6142);
  expect(portFrom("0", 6142)).toBe(0);
  expect(portFrom("65535", 6142)).toBe(65535);
  for (const text of ["65536", "-1", "abc", "", "1e3", "0x10", " 80", "7.5"]) {
    expect(() => portFrom(text, 6142)).toThrow(`"${text}" is not a port`);
  }
  expect(() => portFrom("0", 6142, 1)).toThrow("from 1 to 65535");
});

test("textFrom() refuses an empty value", () => {
  expect(textFrom("hostname", undefined, "::1")).toBe("::1");
  expect(textFrom("hostname", "localhost", "::1")).toBe("localhost");
  expect(() => textFrom("hostname", " ", "::1")).toThrow("--hostname is empty");
});
