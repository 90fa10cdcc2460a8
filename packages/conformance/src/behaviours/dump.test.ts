import { describe, expect, test } from "bun:test";
import { runProgram } from "../support/program.ts";

describe("SIGQUIT", () => {
  test("dumps tasks, scopes, operations and sockets, and the program goes on", async () => {
    const ended = await runProgram("dumps", { args: ["whileTasksWait"] });
    expect(ended).toMatchObject({ exitCode: 0, stdout: "went on\n" });
    const lines = ended.stderr.split("\n").map((line) => line.trim());
    expect(lines[0]).toMatch(/^bascule: process \d+, driver (epoll|uring): 2 tasks /);
    for (const pattern of [
      /^└─ task \d+ "owner" idle$/,
      /^└─ scope "readers", 1 task$/,
      /^└─ task \d+ "reader" idle$/,
      /\d+ polls?, \d+ wakes?; spawned at .*dumps\.ts:\d+/,
      /^waits for read on descriptor \d+$/,
      /^recv on descriptor \d+, submitted \(slot \d+, generation \d+\)$/,
      /^TcpStream to 127\.0\.0\.1:\d+, descriptor \d+, 0 B read, 0 B written$/,
    ]) {
      expect(lines).toContainEqual(expect.stringMatching(pattern));
    }
  });

  test("ends the process when it comes again at once", async () => {
    const ended = await runProgram("dumps", { args: ["twice"] });
    expect(ended).toMatchObject({ signal: "SIGQUIT", stdout: "" });
    expect(ended.stderr.match(/^bascule: process/gm)).toHaveLength(1);
  });

  test("only dumps where the process was started to ignore it", async () => {
    const ended = await runProgram("dumps", {
      args: ["twice"],
      under: ["sh", "-c", "trap '' QUIT; exec \"$@\"", "sh"],
    });
    expect(ended).toMatchObject({ exitCode: 0, signal: null, stdout: "went on\n" });
    expect(ended.stderr.match(/^bascule: process/gm)).toHaveLength(2);
  });

  test.each(["heardByTheProgram", "heardOnce"])(
    "is the program's own when it listens for it: %s",
    async (scenario) => {
      const ended = await runProgram("dumps", { args: [scenario] });
      expect(ended).toMatchObject({ exitCode: 0, stdout: "heard\nwent on\n", stderr: "" });
    },
  );

  test("is left alone with BASCULE_DUMP=off", async () => {
    const ended = await runProgram("dumps", { args: ["once"], env: { BASCULE_DUMP: "off" } });
    expect(ended).toMatchObject({ signal: "SIGQUIT", stdout: "", stderr: "" });
  });

  test("keeps no process alive by being listened for", async () => {
    const ended = await runProgram("dumps", { args: ["unused"] });
    expect(ended).toMatchObject({ exitCode: 0, stdout: "went on\n", stderr: "" });
  });
});
