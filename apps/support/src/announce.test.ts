import { expect, test } from "bun:test";
import { join } from "node:path";
import { DeafOutput } from "./testing/deaf-output.ts";

const program = `
  import { announce } from ${JSON.stringify(join(import.meta.dir, "announce.ts"))};
  announce("one\\n");
  announce("two\\n");
  setImmediate(() => announce("still here\\n", process.stderr));
`;

for (const kind of ["closed", "full"] as const) {
  test(`announce() loses what goes to a ${kind} output, and the program goes on`, async () => {
    using output = DeafOutput[kind]();
    const child = Bun.spawn([process.execPath, "-e", program], {
      stdin: "ignore",
      stdout: output.fd,
      stderr: "pipe",
    });
    expect(await child.stderr.text()).toBe("still here\n");
    expect(await child.exited).toBe(0);
  });
}
