import { expect, test } from "bun:test";
import { forbidSystemCalls } from "./seccomp.ts";

const MODULE = new URL("./index.ts", import.meta.url).href;

async function runChild(script: string): Promise<string> {
  const source = `const sys = await import(${JSON.stringify(MODULE)});\n${script}`;
  const child = Bun.spawn([process.execPath, "-e", source], { timeout: 20_000, stderr: "inherit" });
  const output = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return output.trim();
}

test("forbidden system calls fail with the errno in the calling thread and in others", async () => {
  const output = await runChild(`
    const { Worker } = require("node:worker_threads");
    const numbers = [sys.SYS_IO_URING_SETUP, sys.SYS_IO_URING_ENTER, sys.SYS_IO_URING_REGISTER];
    const script = \`
      const { parentPort } = require("node:worker_threads");
      parentPort.on("message", async () => {
        const sys = await import(${JSON.stringify(MODULE)});
        const answer = sys.liburingProblem()?.code ?? sys.UringMemory.setup({ entries: 4 });
        parentPort.postMessage(answer);
        parentPort.close();
      });\`;
    const worker = new Worker(script, { eval: true });
    await new Promise((resolve) => worker.once("online", resolve));
    console.log(sys.forbidSystemCalls(numbers, 38));
    console.log(sys.liburingProblem()?.code ?? sys.UringMemory.setup({ entries: 4 }));
    const answer = new Promise((resolve) => worker.once("message", resolve));
    worker.postMessage(null);
    console.log(await answer);
    console.log(sys.createEpoll() > 0);`);
  const refusal = output.split("\n")[1];
  expect(["-38", "ERR_LIBRARY_MISSING"]).toContain(refusal ?? "");
  expect(output).toBe(`0\n${refusal}\n${refusal}\ntrue`);
});

test("a filter for anything else leaves the rest alone, and its default is EPERM", async () => {
  const eventfd = process.arch === "arm64" ? 19 : 290;
  const output = await runChild(`
    const result = sys.forbidSystemCalls([425, ${eventfd}]);
    console.log(result, sys.createEventfd(), sys.createEpoll() > 0);`);
  expect(output).toBe("0 -1 true");
});

test("a filter of nothing, or of too much, is refused", () => {
  expect(() => forbidSystemCalls([])).toThrow(RangeError);
  expect(() => forbidSystemCalls(Array.from({ length: 201 }, () => 425))).toThrow(RangeError);
});
