import { describe, expect, test } from "bun:test";
import { Runtime, RuntimeClosedError, spawn, timeout, TimeoutError, yieldNow } from "@bascule/core";
import { SocketClosedError, TcpListener } from "@bascule/net";
import { failureOf } from "../support/failure.ts";
import { patternBytes } from "../support/pattern.ts";
import { runtimeOptions } from "../support/settings.ts";
import { connectPair, tcp, transports } from "../support/transports.ts";

describe.each(transports)("over $name", (transport) => {
  test("closing while reads wait rejects them, and leaves nothing in flight", async () => {
    await using pair = await connectPair(transport);
    const { server } = pair;
    const reads = [server.read(), server.readExactly(5), server.lease(), server.lines().next()];
    const failures = reads.map(failureOf);
    await yieldNow();
    await server.close();
    for (const failure of await Promise.all(failures)) {
      expect(failure).toBeInstanceOf(SocketClosedError);
      expect((failure as Error).message).toBe("Cannot read from the socket: it is closed");
    }
    expect(await pair.client.read()).toBeNull();
  });

  test("closing while a write waits sends what it can within the linger time", async () => {
    await using pair = await connectPair(transport);
    const writing = pair.client.write(patternBytes(0, 8 << 20));
    const failed = writing.then(
      () => null,
      (error: unknown) => error,
    );
    await yieldNow();
    const startMs = performance.now();
    await pair.client.close({ lingerMs: 30 }).catch(() => undefined);
    expect(performance.now() - startMs).toBeLessThan(1500);
    expect(await failed).toBeInstanceOf(SocketClosedError);
  });

  test("a flush whose bytes have left does not fail for a close that comes first", async () => {
    await using pair = await connectPair(transport);
    await pair.client.write(patternBytes(0, 1000));
    const begun = Promise.withResolvers<void>();
    const flushing = spawn(
      async () => {
        const flushed = pair.client.flush();
        begun.resolve();
        await flushed;
      },
      { priority: "low" },
    );
    await begun.promise;
    await spawn(() => pair.client.close(), { priority: "high" });
    await flushing;
    expect((await pair.server.readExactly(1000)).byteLength).toBe(1000);
  });

  test("a signal cuts the linger short", async () => {
    await using pair = await connectPair(transport);
    await pair.client.write(patternBytes(0, 100_000));
    const failed = pair.client.write(patternBytes(0, 8 << 20)).catch((error: unknown) => error);
    const controller = new AbortController();
    const closing = pair.client.close({ lingerMs: 60_000, signal: controller.signal });
    await yieldNow();
    controller.abort("now");
    await closing;
    expect(await failed).toBeInstanceOf(SocketClosedError);
  });

  test("so does the signal of a later close, aborted before or meanwhile", async () => {
    for (const isBefore of [true, false]) {
      await using pair = await connectPair(transport);
      await pair.client.write(patternBytes(0, 100_000));
      const failed = pair.client.write(patternBytes(0, 8 << 20)).catch((error: unknown) => error);
      const closing = pair.client.close({ lingerMs: 60_000 });
      const controller = new AbortController();
      if (isBefore) controller.abort("now");
      const closingAgain = pair.client.close({ signal: controller.signal });
      await yieldNow();
      controller.abort("now");
      await Promise.all([closing, closingAgain]);
      expect(await failed).toBeInstanceOf(SocketClosedError);
    }
  });

  test("a reset cuts the linger short as well", async () => {
    await using pair = await connectPair(transport);
    const filling = timeout(50, async () => {
      for (;;) await pair.client.write(patternBytes(0, 65_536));
    });
    expect(await failureOf(filling)).toBeInstanceOf(TimeoutError);
    const closing = pair.client.close({ lingerMs: 60_000 });
    await pair.client.reset();
    await closing;
  });

  test("closing twice, and resetting what is closed, is harmless", async () => {
    await using pair = await connectPair(transport);
    await Promise.all([pair.client.close(), pair.client.close()]);
    await pair.client.reset();
    await pair.client.close();
    await pair.client.closed;
  });

  test("close in an aborted task still flushes and closes", async () => {
    await using pair = await connectPair(transport);
    const task = spawn(async () => {
      try {
        await pair.client.read();
      } finally {
        await pair.client.close();
      }
    });
    await pair.client.write("goodbye");
    await yieldNow();
    task.abort("over");
    expect(await failureOf(task)).toBe("over");
    expect(await pair.server.readExactly(7)).toEqual(Buffer.from("goodbye"));
    expect(await pair.server.read()).toBeNull();
  });
});

test("closing a listener rejects accepts that wait", async () => {
  const listener = await TcpListener.bind({});
  const failures = [listener.accept(), listener.accept()].map(failureOf);
  await yieldNow();
  await listener.close();
  for (const failure of await Promise.all(failures)) {
    expect(String(failure)).toBe("SocketClosedError: Cannot accept: the listener is closed");
  }
  expect(await failureOf(listener.accept())).toBeInstanceOf(SocketClosedError);
});

test("a shutdown asks the kernel in time, however long a close may linger", async () => {
  const runtime = Runtime.create(runtimeOptions());
  const { driver } = runtime;
  await runtime.spawn(async () => {
    const listener = await TcpListener.bind({});
    listener.accept().catch(() => undefined);
    const { client } = await connectPair(tcp);
    const filling = timeout(100, async () => {
      for (;;) await client.write(patternBytes(0, 65_536));
    });
    expect(await failureOf(filling)).toBeInstanceOf(TimeoutError);
    runtime.spawn(() => client.close({ lingerMs: 60_000 }));
    while (!client.isClosed) await yieldNow();
  });
  await runtime.shutdown({ deadlineMs: 200 });
  expect(driver.ledger.inFlight).toBe(0);
});

test("a shutdown ends every wait, closes everything, and leaves nothing", async () => {
  const runtime = Runtime.create(runtimeOptions());
  const failures: Promise<unknown>[] = [];
  const ready = runtime.spawn(async () => {
    const listener = await TcpListener.bind({});
    const pairs = await Promise.all(Array.from({ length: 10 }, () => connectPair(tcp)));
    failures.push(failureOf(listener.accept()));
    for (const pair of pairs) {
      failures.push(failureOf(pair.client.read()));
      failures.push(failureOf(pair.client.write(patternBytes(0, 8 << 20))));
    }
    await yieldNow();
  });
  await ready;
  const { driver } = runtime;
  expect(driver.ledger.inFlight).toBeGreaterThan(10);
  await runtime.shutdown();
  expect(driver.ledger.inFlight).toBe(0);
  for (const failure of await Promise.all(failures)) {
    expect(failure).toBeInstanceOf(RuntimeClosedError);
  }
});
