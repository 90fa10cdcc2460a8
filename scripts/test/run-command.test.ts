import { expect, test } from "bun:test";
import { runCommand } from "./run-command.ts";

function shell(script: string, timeLimitMs: number = 10_000): ReturnType<typeof runCommand> {
  return runCommand({ argv: ["sh", "-c", script], folder: import.meta.dir, timeLimitMs });
}

test("both outputs are kept in the order they were written", async () => {
  const result = await shell("echo one; echo two >&2; echo three; exit 3");
  expect(result.output).toBe("one\ntwo\nthree\n");
  expect(result.exitCode).toBe(3);
  expect(result.complaint).toBeNull();
});

test("standard input is empty", async () => {
  expect((await shell("cat; echo end")).output).toBe("end\n");
});

test("a command that takes too long is ended with all that it started", async () => {
  const result = await shell("sleep 60 & sleep 60", 100);
  expect(result.complaint).toBe("The time limit of 0.1 s passed");
});

test("a command that leaves a process running is a failure", async () => {
  const result = await shell("sleep 60 &");
  expect(result.complaint).toBe("It left processes running");
});

test("a command that dies by a signal says so", async () => {
  expect((await shell("kill -SEGV $$")).complaint).toBe("Ended by SIGSEGV");
});
