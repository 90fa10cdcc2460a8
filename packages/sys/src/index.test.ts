import { expect, test } from "bun:test";

const INDEX = new URL("./index.ts", import.meta.url).href;

async function run(script: string, environment: Record<string, string> = {}): Promise<string> {
  const child = Bun.spawn([process.execPath, "-e", script], {
    env: { ...process.env, ...environment },
    stdout: "pipe",
    stderr: "inherit",
    timeout: 20_000,
  });
  const output = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return output.trim();
}

test("importing the package loads no library and opens no descriptor", async () => {
  const script = `
    const { readdirSync, readFileSync } = require("node:fs");
    const before = readdirSync("/proc/self/fd").length;
    await import(${JSON.stringify(INDEX)});
    const after = readdirSync("/proc/self/fd").length;
    const loaded = readFileSync("/proc/self/maps", "latin1").includes("liburing");
    console.log(after - before, loaded);`;
  expect(await run(script)).toBe("0 false");
});

test("a liburing that is not there is named with its remedy, once it is needed", async () => {
  const script = `
    const sys = await import(${JSON.stringify(INDEX)});
    const problem = sys.liburingProblem();
    console.log(problem.code, problem.pathsTried.join(), problem.remedy);`;
  const output = await run(script, { BASCULE_LIBURING: "/nowhere/liburing.so.2" });
  expect(output).toBe("ERR_LIBRARY_MISSING /nowhere/liburing.so.2 apt-get install liburing2");
});

test("a library without liburing's functions is told apart from a missing one", async () => {
  const script = `
    const sys = await import(${JSON.stringify(INDEX)});
    console.log(sys.liburingProblem().code);`;
  const output = await run(script, { BASCULE_LIBURING: "libc.so.6" });
  expect(output).toBe("ERR_LIBRARY_SYMBOL_MISSING");
});
