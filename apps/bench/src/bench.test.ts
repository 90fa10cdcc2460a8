import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programPath } from "./contender.ts";

const MAIN = programPath("./main.ts");
/** For what hangs: each takes seconds alone, and a minute where everybody else works. */
const TIME_LIMIT_MS = 180_000;

interface Run {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

async function bench(...argv: string[]): Promise<Run> {
  const child = Bun.spawn({
    cmd: [process.execPath, MAIN, ...argv],
    stdout: "pipe",
    stderr: "pipe",
    timeout: TIME_LIMIT_MS,
  });
  const [output, errors, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { exitCode, output, errors };
}

/** The processes that a process has started. */
function childrenOf(processId: number): string[] {
  const list = readFileSync(`/proc/${processId}/task/${processId}/children`, "latin1");
  return list.split(" ").filter((each) => each !== "");
}

async function becomes(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "%s leaves no child and no file behind",
  async (signal, exitCode) => {
    const folder = mkdtempSync(join(tmpdir(), "bascule-test-"));
    try {
      const child = Bun.spawn({
        cmd: [process.execPath, MAIN, "fs", "--quick", "--rounds", "1000", "--folder", folder],
        stdout: "ignore",
        stderr: "inherit",
        timeout: TIME_LIMIT_MS,
      });
      await becomes(() => childrenOf(child.pid).length > 0);
      expect(readdirSync(folder)).toHaveLength(1);
      const started = childrenOf(child.pid);
      child.kill(signal);
      expect(await child.exited).toBe(exitCode);
      expect(readdirSync(folder)).toEqual([]);
      await becomes(() => started.every((each) => !existsSync(`/proc/${each}`)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  TIME_LIMIT_MS,
);

const FIGURE: unknown = expect.any(Number);

test(
  "echo counts messages, latency, processor time and memory of every server",
  async () => {
    const { exitCode, output, errors } = await bench("echo", "--quick", "--json");
    expect(errors).toBe("");
    expect(exitCode).toBe(0);
    const { echo, machine } = JSON.parse(output);
    expect(machine).toMatchObject({ bun: Bun.version, kernel: expect.any(String) });
    expect(echo).toHaveLength(2);
    for (const { contenders } of echo) {
      expect(contenders.map(({ name }: { name: string }) => name)).toEqual(
        expect.arrayContaining(["reactor", "bun-listen", "node-net"]),
      );
      const names = contenders.map(({ name }: { name: string }) => name);
      expect(names.includes("bare-ring")).toBe(names.includes("proactor"));
      for (const { name, rounds, medians } of contenders) {
        expect(rounds).toHaveLength(1);
        expect(medians).toEqual({
          messagesPerSecond: FIGURE,
          p50Micros: FIGURE,
          p99Micros: FIGURE,
          userMicrosPerMessage: FIGURE,
          systemMicrosPerMessage: FIGURE,
          residentMegabytes: FIGURE,
          waitsPerMessage: /proactor|reactor/.test(name) ? FIGURE : null,
          systemCallsPerMessage: /proactor|reactor/.test(name) ? FIGURE : null,
          serverBusy: FIGURE,
          loadBusy: FIGURE,
          othersBusy: FIGURE,
        });
      }
    }
  },
  TIME_LIMIT_MS,
);

test(
  "chat loses, doubles and reorders nothing, and counts deliveries",
  async () => {
    const { exitCode, output, errors } = await bench("chat", "--quick", "--json");
    expect(errors).toBe("");
    expect(exitCode).toBe(0);
    const [{ contenders }] = JSON.parse(output).chat;
    for (const { rounds } of contenders) {
      expect(rounds[0]).toMatchObject({ deliveriesPerSecond: FIGURE, p50Micros: FIGURE });
    }
  },
  TIME_LIMIT_MS,
);

test(
  "idle counts the memory of connections that keep still",
  async () => {
    const { exitCode, output, errors } = await bench("idle", "--quick", "--json");
    expect(errors).toBe("");
    expect(exitCode).toBe(0);
    for (const { rounds } of JSON.parse(output).idle) {
      expect(rounds[0]).toMatchObject({ connections: 100, residentMegabytes: FIGURE });
    }
  },
  TIME_LIMIT_MS,
);

test(
  "core times every operation, beside await null, as a table",
  async () => {
    const { exitCode, output, errors } = await bench("core", "--quick");
    expect(errors).toBe("");
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^.*a task that yields for ever( +\d+\.\d\d){3}/m);
    for (const name of ["await null", "yield", "wake to run", "spawn + join", "timer", "read"]) {
      expect(output).toMatch(new RegExp(`^.*${name.replace("+", "\\+")}.*\\d+ +\\d+$`, "m"));
    }
  },
  TIME_LIMIT_MS,
);

test(
  "fs measures every interface in every cell, and reads what was written",
  async () => {
    const { exitCode, output, errors } = await bench("fs", "--quick", "--json");
    expect(errors).toBe("");
    expect(exitCode).toBe(0);
    const cells = JSON.parse(output).fs;
    const groups = new Set(cells.map(({ group }: { group: string }) => group));
    expect([...groups]).toEqual(["random", "direct", "sequential", "readFile", "small", "live"]);
    for (const { contenders } of cells) {
      const names = contenders.map(({ name }: { name: string }) => name);
      expect(names).toEqual(expect.arrayContaining(["reactor", "node-promises"]));
      for (const { rounds } of contenders) {
        expect(rounds).toHaveLength(1);
        expect(rounds[0]).toMatchObject({ operationsPerSecond: FIGURE, p99Micros: FIGURE });
      }
    }
  },
  TIME_LIMIT_MS,
);

test(
  "sync times what each library has of the operations, with ratios to ours",
  async () => {
    const { exitCode, output, errors } = await bench("sync", "--quick", "--json");
    expect(errors).toBe("");
    expect(exitCode).toBe(0);
    const { sync } = JSON.parse(output);
    for (const { name, medians, timesBascule } of sync) {
      const operations = Object.keys(medians);
      expect(operations.length, name).toBeGreaterThan(name === "promises" ? 1 : 3);
      for (const operation of operations) {
        expect(medians[operation], operation).toBeGreaterThan(0);
        expect(timesBascule[operation], operation).toBeGreaterThan(0);
      }
    }
  },
  TIME_LIMIT_MS,
);

test("a wrong command line is one line on standard error and exit code 1", async () => {
  const { exitCode, output, errors } = await bench("ehco");
  expect(exitCode).toBe(1);
  expect(output).toBe("");
  expect(errors).toMatch(/^There is no measurement "ehco": choose from echo, [a-z, ]+\n$/);
});

test("help lists the measurements", async () => {
  const { exitCode, output } = await bench("--help");
  expect(exitCode).toBe(0);
  expect(output).toStartWith("Usage: ./dev bench");
});

test(
  "trace compares the echo server with itself, observed",
  async () => {
    const { exitCode, output, errors } = await bench("trace", "--quick", "--json");
    expect(errors).toBe("");
    expect(exitCode).toBe(0);
    const { trace } = JSON.parse(output);
    const names = trace.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(["reactor", "reactor-traced"]));
    for (const { ratiosToUnobserved } of trace) {
      expect(ratiosToUnobserved).toEqual({
        messagesPerSecond: FIGURE,
        cpuMicrosPerMessage: FIGURE,
      });
    }
  },
  TIME_LIMIT_MS,
);
