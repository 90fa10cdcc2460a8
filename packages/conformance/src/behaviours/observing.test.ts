import { expect, test } from "bun:test";
import { type Operation, Runtime, RuntimeObserver, spawn, type Task } from "@bascule/core";
import { connectPair } from "../support/transports.ts";

/** Counts what it is told, by name. */
class Counts extends RuntimeObserver {
  readonly polls: Map<string, number> = new Map();
  readonly submitted: Map<string, number> = new Map();
  readonly completed: Map<string, number> = new Map();
  openPolls: number = 0;

  override pollStarted(task: Task): void {
    this.openPolls++;
    add(this.polls, task.name);
  }

  override pollEnded(): void {
    this.openPolls--;
  }

  override operationSubmitted({ kind }: Operation): void {
    add(this.submitted, kind?.name ?? "unknown");
  }

  override operationCompleted({ kind }: Operation, _result: number, more: boolean): void {
    if (!more) add(this.completed, kind?.name ?? "unknown");
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

test("every submission and every final completion of a conversation is told", async () => {
  const runtime = Runtime.current();
  const counts = new Counts();
  const before = runtime.metrics();
  {
    using _observing = runtime.observe(counts);
    await using pair = await connectPair();
    const echo = spawn(
      async () => {
        for await (const chunk of pair.server) await pair.server.write(chunk);
      },
      { name: "echo" },
    );
    for (let i = 0; i < 20; i++) {
      await pair.client.write("ping");
      await pair.client.readExactly(4);
    }
    await pair.client.closeWrite();
    await echo;
  }
  const { operations } = runtime.metrics();
  const sum = (of: Map<string, number>): number => [...of.values()].reduce((a, b) => a + b, 0);
  expect(sum(counts.submitted)).toBe(operations.submitted - before.operations.submitted);
  expect(sum(counts.completed)).toBe(operations.completed - before.operations.completed);
  expect(counts.submitted.get("send")).toBeGreaterThanOrEqual(40);
  expect(counts.polls.get("echo")).toBeGreaterThanOrEqual(20);
});

test("a snapshot shows a server's task, its wait, its receive and its socket", async () => {
  const runtime = Runtime.current();
  await using pair = await connectPair();
  using _measuring = runtime.measureTimes();
  const reader = spawn(() => pair.server.read(), { name: "reader" });
  await pair.client.write("x");
  await reader;
  await using late = spawn(() => pair.server.read(), { name: "late" });
  // A round trip through the other direction: by then the reader waits.
  await pair.server.write("y");
  await pair.client.readExactly(1);
  const { operations, resources, tasks, times } = runtime.snapshot();
  const task = tasks.find(({ id }) => id === late.id);
  expect(task).toMatchObject({ name: "late", state: "idle", polls: 1 });
  expect(task?.waits).toEqual([
    {
      on: expect.stringMatching(/^read on descriptor \d+$/),
      forMs: expect.any(Number),
      isReady: false,
    },
  ]);
  expect(operations).toContainEqual(expect.objectContaining({ kind: "recv", state: "submitted" }));
  expect(resources.filter(({ kind }) => kind === "TcpStream")).toHaveLength(2);
  expect(times?.pollsMs).toBeGreaterThan(0);
  expect(JSON.parse(JSON.stringify(runtime.snapshot()))).toMatchObject({ processId: process.pid });
});

test("what an observed program does is what an unobserved one does", async () => {
  const runtime = Runtime.current();
  const replies: string[] = [];
  for (const isObserved of [false, true]) {
    using _observing = isObserved ? runtime.observe(new Counts()) : null;
    await using pair = await connectPair();
    const tasks = Array.from({ length: 40 }, (_, index) =>
      spawn(() => pair.server.write(`${index};`)),
    );
    for (const task of tasks) await task;
    await pair.server.closeWrite();
    let reply = "";
    for await (const chunk of pair.client) reply += new TextDecoder().decode(chunk);
    replies.push(reply);
  }
  expect(replies[1]).toBe(replies[0] ?? "");
});
