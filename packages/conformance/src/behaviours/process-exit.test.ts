import { describe, expect, test } from "bun:test";
import { runProgram } from "../support/program.ts";

/** How long a program that stays alive is left alone; one that does not has ended long before. */
const WATCHED_MS = 500;
/** Longer than a program may take. */
const LIMIT_MS = 30_000;

describe("the process exits by itself", () => {
  const exits: readonly [string, string, string][] = [
    ["when a runtime was made and not used", "nothing", "end of main\n"],
    ["when all that was opened is closed", "usedAndClosed", "end of main\n"],
    ["when its last timer has fired", "timer", "end of main\nthe timer fired\n"],
    ["with a listener for a signal", "signalListener", "end of main\n"],
    ["with a timer that is not referenced", "unreferencedTimer", "end of main\n"],
    ["when its last task has ended", "task", "end of main\nthe task ended\n"],
    ["with a task that is not referenced", "unreferencedTask", "end of main\n"],
    ["with a listener that is not referenced", "unreferencedListener", "end of main\n"],
    ["when work has ended before its time-out", "timeoutInTime", "end of main\nin time\n"],
    ["when a scope with a deadline has been cancelled", "cancelledScope", "end of main\n"],
    ["with a task that is unreferenced meanwhile", "taskUnreferencedLater", "end of main\n"],
    [
      "when a task has ended that is referenced meanwhile",
      "taskReferencedLater",
      "end of main\nthe task ended\n",
    ],
    [
      "with a listener that is unreferenced meanwhile",
      "listenerUnreferencedLater",
      "end of main\n",
    ],
    ["when the clean-up of an aborted task is done", "cleanUp", "end of main\ncleaned up\n"],
    ["after a shutdown", "shutDownWhileListening", "accept ended\nend of main\n"],
  ];
  test.each(exits)(
    "%s",
    async (_name, scenario, output) => {
      const ended = await runProgram("exits", { args: [scenario] });
      expect(ended).toMatchObject({ exitCode: 0, stdout: output, stderr: "" });
    },
    LIMIT_MS,
  );
});

describe("the process stays alive", () => {
  test(
    "while it waits for a connection",
    async () => {
      let output = "";
      const ended = await runProgram("exits", {
        args: ["listening"],
        onOutput: async (text, child) => {
          output += text;
          if (output !== "end of main\n") return;
          await Bun.sleep(WATCHED_MS);
          child.kill("SIGUSR2");
        },
      });
      expect(ended).toMatchObject({
        exitCode: 0,
        stdout: "end of main\na connection came\n",
        stderr: "",
      });
    },
    LIMIT_MS,
  );
});

test(
  "sockets that are open and not waited for do not keep the process alive",
  async () => {
    const ended = await runProgram("exits", { args: ["openButUnused"] });
    expect(ended).toMatchObject({ exitCode: 0, stdout: "end of main\n", stderr: "" });
  },
  LIMIT_MS,
);
