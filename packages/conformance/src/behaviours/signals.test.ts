import { expect, test } from "bun:test";
import { join } from "node:path";

test("signals interrupt no wait: neither the kernel's nor ours", async () => {
  const path = join(import.meta.dir, "../programs/signals.ts");
  const child = Bun.spawn([process.execPath, path], { stderr: "inherit", timeout: 5000 });
  const output: string[] = [];
  const decoder = new TextDecoder();
  let sending: ReturnType<typeof setInterval> | undefined;
  for await (const chunk of child.stdout) {
    output.push(decoder.decode(chunk));
    sending ??= setInterval(() => child.kill("SIGUSR2"), 2);
  }
  clearInterval(sending);
  expect(await child.exited).toBe(0);
  const [ready, report = ""] = output.join("").split("\n");
  expect(ready).toBe("ready");
  const { owned, hosted, signals } = JSON.parse(report) as Record<string, number>;
  expect(owned).toBeGreaterThan(20);
  expect(hosted).toBeGreaterThan(20);
  expect(signals).toBeGreaterThan(20);
});
