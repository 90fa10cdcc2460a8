import { describe, expect, test } from "bun:test";
import {
  JoinSet,
  Runtime,
  shield,
  sleep,
  spawn,
  TaskLocal,
  TaskScope,
  timeout,
  TimeoutError,
  yieldNow,
} from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
import { failureOf } from "../support/failure.ts";
import { reportOf, runProgram } from "../support/program.ts";
import { connectPair } from "../support/transports.ts";

describe("a scope around sockets", () => {
  test("the first child that fails ends its siblings' reads", async () => {
    await using pair = await connectPair();
    const ended: unknown[] = [];
    const scope = new TaskScope({ name: "session" });
    scope.spawn(async () => {
      try {
        await pair.server.read();
      } catch (error) {
        ended.push(error);
        throw error;
      } finally {
        await pair.server.close();
      }
    });
    const failure = new Error("protocol error");
    scope.spawn(async () => {
      await sleep(1);
      throw failure;
    });
    const aggregate = (await failureOf(scope[Symbol.asyncDispose]())) as AggregateError;
    expect([aggregate.errors, ended]).toEqual([[failure], [failure]]);
    expect(pair.server.isClosed).toBe(true);
  });

  test("a deadline ends an accept that nobody answers", async () => {
    await using listener = await TcpListener.bind({});
    const scope = new TaskScope({ deadlineMs: 5 });
    scope.spawn(() => listener.accept());
    const aggregate = (await failureOf(scope[Symbol.asyncDispose]())) as AggregateError;
    expect(aggregate.cause).toBeInstanceOf(TimeoutError);
  });

  test("a shield lets a child say goodbye on its socket while it is cancelled", async () => {
    await using pair = await connectPair();
    {
      await using scope = new TaskScope();
      scope.spawn(async () => {
        try {
          await pair.server.read();
        } finally {
          await shield(async () => {
            await pair.server.write("goodbye");
            await pair.server.flush();
          });
        }
      });
      await yieldNow();
      scope.cancel();
    }
    expect(await pair.client.readExactly(7)).toEqual(Buffer.from("goodbye"));
  });
});

test("a join set gives the fastest connection first", async () => {
  await using listener = await TcpListener.bind({});
  await using set = new JoinSet<number>();
  for (const name of [0, 1, 2]) {
    set.spawn(async () => {
      await using client = await TcpStream.connect({ port: listener.address.port });
      await client.write(String.fromCharCode(name));
      await client.readExactly(1);
      return name;
    });
  }
  const waiting = new Map<number, TcpStream>();
  while (waiting.size < 3) {
    const socket = await listener.accept();
    const [name = -1] = await socket.readExactly(1);
    waiting.set(name, socket);
  }
  for (const name of [1, 2, 0]) {
    await using socket = waiting.get(name);
    await socket?.write("x");
    expect(await set.next()).toEqual({ done: false, value: name });
  }
});

test("a task local follows the task over reads and into the tasks it spawns", async () => {
  const requestId = new TaskLocal<string>();
  await using pair = await connectPair();
  const seen = await requestId.run("r-7", () =>
    spawn(async () => {
      const reading = spawn(async () => {
        await pair.server.readExactly(1);
        return requestId.get();
      });
      await pair.client.write("x");
      return [await reading, requestId.get()];
    }),
  );
  expect(seen).toEqual(["r-7", "r-7"]);
});

test("a timeout aborts whichever wait is pending, and loses no byte", async () => {
  await using pair = await connectPair();
  await pair.client.write("abc");
  const error = await failureOf(
    timeout(20, async () => {
      await pair.server.readExactly(3);
      await pair.server.readExactly(3);
    }),
  );
  expect(error).toBeInstanceOf(TimeoutError);
  await pair.client.write("def");
  expect(await pair.server.readExactly(3)).toEqual(Buffer.from("def"));
});

test("a task that fails with nobody waiting is reported with its name and spawn site", async () => {
  const report = await reportOf<{ message: string; spawnSite: string }>("unhandled");
  expect(report.message).toStartWith(
    'Task "connection 7" failed with nobody waiting for it: connect ECONNREFUSED 127.0.0.1:',
  );
  expect(report.spawnSite).toMatch(/unhandled\.ts:\d+:\d+/);
});

test("without a handler such a failure ends the process with exit code 1, as in Node", async () => {
  const { exitCode, stderr } = await runProgram("unhandled", { args: ["unheard"] });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("connection 7");
});

test("metrics add up over a conversation", async () => {
  const before = Runtime.current().metrics();
  {
    await using pair = await connectPair();
    await pair.client.write("x");
    await pair.server.readExactly(1);
  }
  const after = Runtime.current().metrics();
  const { operations } = after;
  expect(operations.submitted).toBeGreaterThan(before.operations.submitted);
  expect(operations.completed).toBe(operations.submitted);
  expect(operations.stale).toBe(0);
  expect(after.waits).toBeLessThanOrEqual(after.systemCalls);
});
