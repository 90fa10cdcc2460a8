import { expect, test } from "bun:test";
import { join } from "node:path";

test("when every runtime is shut down a dump says so, and the program goes on", async () => {
  const core = join(import.meta.dir, "../index.ts");
  const code = `const { Runtime } = await import(${JSON.stringify(core)});
    await Runtime.create().shutdown();
    process.on("exit", () => process.stdout.write("went on"));
    const staying = setInterval(() => undefined, 1000);
    process.stderr.write = (text) => {
      process.stdout.write(text);
      clearInterval(staying);
    };
    process.kill(process.pid, "SIGQUIT");`;
  const program = Bun.spawn([process.execPath, "-e", code]);
  const text = await program.stdout.text();
  expect(text).toBe(`bascule: process ${program.pid}: no runtime is left\nwent on`);
});
