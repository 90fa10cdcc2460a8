import { describe, expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { watch } from "../test/settled.ts";
import { blockOn, spawn } from "./spawn.ts";
import { RuntimeClosedError } from "./errors.ts";
import { shield } from "./shield.ts";
import { sleep } from "./sleep.ts";
import { TaskScope } from "./task-scope.ts";
import { timeout } from "./timeout.ts";

/** Something that is not Bascule's, opened by `open`. */
function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** Code that nobody awaits, which waits for something of Bascule's once the gate is open. */
async function straggle(opened: Promise<void>, ms: number): Promise<string> {
  await opened;
  await sleep(ms);
  return "slept";
}

/** Microtasks that functions which wait for each other need at most. */
async function settle(): Promise<void> {
  for (let hop = 0; hop < 50; hop++) await null;
}

describe("code that goes on in a region that has been left", () => {
  test("is aborted with the task, also when it waited for nothing of Bascule's then", async () => {
    await using _fake = new FakeRuntime();
    const { opened, open } = gate();
    const left = gate();
    let straggling = Promise.resolve("");
    const task = spawn(async () => {
      await timeout(1000, async () => {
        straggling = straggle(opened, 60_000).catch(String);
      });
      left.open();
      await sleep(60_000);
    });
    await left.opened;
    open();
    await settle();
    task.abort("over");
    expect(await Promise.all([straggling, task.catch(String)])).toEqual(["over", "over"]);
  });

  test("is waited for by a block", async () => {
    await using _fake = new FakeRuntime();
    const answer = blockOn(async () => {
      const { opened, open } = gate();
      let straggling = Promise.resolve("");
      await timeout(1000, async () => {
        straggling = straggle(opened, 1);
      });
      open();
      return straggling;
    });
    expect(answer).toBe("slept");
  });

  test("is waited for by a block when it is in a shield of a region that was aborted", async () => {
    await using _fake = new FakeRuntime();
    const answer = blockOn(async () => {
      let shielded = Promise.resolve("");
      await timeout(1, async () => {
        shielded = shield(() => sleep(20).then(() => "slept"));
        await sleep(60_000);
      }).catch(() => undefined);
      return shielded;
    });
    expect(answer).toBe("slept");
  });

  test("of a task that has ended is waited for by a block", async () => {
    await using _fake = new FakeRuntime();
    const { opened, open } = gate();
    let straggling = Promise.resolve("");
    await spawn(() => {
      straggling = straggle(opened, 1);
    });
    open();
    await settle();
    expect(blockOn(straggling)).toBe("slept");
  });

  test("is not forgotten while a region in it waits for nothing of Bascule's", async () => {
    const fake = new FakeRuntime();
    const { opened, open } = gate();
    let straggling = Promise.resolve("");
    await spawn(() => {
      straggling = shield(() => straggle(opened, 60_000));
    });
    // What is left behind is looked through when more is.
    for (let i = 0; i < 4; i++) {
      await spawn(() => void sleep(60_000).catch(() => undefined));
    }
    open();
    await settle();
    const seen = watch(straggling);
    await fake.runtime.shutdown();
    expect(seen.state).toBe("rejected");
  });
});

describe("the end of the runtime reaches code that goes on", () => {
  test("in a shield of a region that was aborted and left", async () => {
    const fake = new FakeRuntime();
    let shielded = watch(Promise.resolve(""));
    await spawn(async () => {
      await timeout(1, async () => {
        shielded = watch(shield(() => sleep(60_000).then(() => "slept")));
        await sleep(60_000);
      }).catch(() => undefined);
    });
    await fake.runtime.shutdown();
    await settle();
    expect([shielded.state, shielded.error]).toEqual(["rejected", expect.any(RuntimeClosedError)]);
    expect(fake.runtime.metrics().timers.armed).toBe(0);
  });

  test("of a task that has ended", async () => {
    const fake = new FakeRuntime();
    const { opened, open } = gate();
    let straggling = watch(Promise.resolve(""));
    await spawn(() => {
      straggling = watch(straggle(opened, 60_000));
    });
    open();
    await settle();
    await fake.runtime.shutdown();
    await settle();
    expect([straggling.state, straggling.error]).toEqual([
      "rejected",
      expect.any(RuntimeClosedError),
    ]);
  });

  test("of a task that has ended, and waits only afterwards", async () => {
    const fake = new FakeRuntime();
    const { opened, open } = gate();
    let straggling = Promise.resolve("");
    await spawn(() => {
      straggling = straggle(opened, 60_000);
    });
    await fake.runtime.shutdown();
    open();
    expect(await straggling.catch((error: unknown) => error)).toBeInstanceOf(RuntimeClosedError);
    expect(fake.runtime.metrics().timers.armed).toBe(0);
  });

  test("and a scope in it, whose region was left behind", async () => {
    const fake = new FakeRuntime();
    const { opened, open } = gate();
    let ended = watch(Promise.resolve());
    await spawn(() => {
      ended = watch(
        opened.then(async () => {
          await using scope = new TaskScope();
          scope.spawn(() => sleep(60_000));
        }),
      );
    });
    open();
    await settle();
    await fake.runtime.shutdown();
    await settle();
    expect(ended.state).toBe("fulfilled");
  });
});
