import { expect } from "bun:test";
import { closeSync, writeFileSync } from "node:fs";
import { Descriptor, OperationWait, Runtime, sleep, spawn, yieldNow } from "@bascule/core";
import { open } from "@bascule/fs";
import { createPipe, read } from "@bascule/sys";
import { TemporaryFolder } from "@bascule/test-support";
import { close } from "../support/file-operation.ts";
import { Random } from "../support/random.ts";
import { storm } from "../support/storm.ts";
import { type AnyStream, type Endpoint, tcp, unix } from "../support/transports.ts";

const LANES = 16;
const CANCELLED = "cancelled";

interface Closable {
  close(): Promise<void>;
}

/** Starts something, aborts it at a random moment, and closes what came all the same. */
async function cancelOne(
  random: Random,
  start: (signal: AbortSignal) => Promise<Closable>,
): Promise<boolean> {
  const controller = new AbortController();
  const starting = start(controller.signal);
  void starting.catch(() => CANCELLED);
  for (let hops = random.between(0, 4); hops > 0; hops--) await null;
  for (let yields = random.between(0, 3); yields > 0; yields--) await yieldNow();
  if (random.chance(0.05)) await sleep(random.next());
  controller.abort(CANCELLED);
  try {
    await (await starting).close();
    return false;
  } catch (error) {
    // It stood, and was reset before anybody looked: the error that waited is the connect's then.
    if ((error as { code?: string }).code === "ECONNRESET") return false;
    if (error !== CANCELLED) throw error;
    return true;
  }
}

/** @returns how many of so many were cancelled in time */
async function cancelMany(
  count: number,
  random: Random,
  start: (signal: AbortSignal) => Promise<Closable>,
): Promise<number> {
  const lanes = Array.from({ length: LANES }, () => {
    const own = new Random(random.between(0, 1e9));
    return spawn(async () => {
      let cancelled = 0;
      for (let each = 0; each < count / LANES; each++) {
        if (await cancelOne(own, start)) cancelled++;
      }
      return cancelled;
    });
  });
  const cancelled = (await Promise.all(lanes)).reduce((sum, each) => sum + each, 0);
  // Some must win their race, and some lose it, or there was no storm.
  expect(cancelled).toBeGreaterThan(0);
  expect(cancelled).toBeLessThan(count);
  return cancelled;
}

/** Resets instead of closing: a port of a closed connection is not free for a minute. */
function resetting(stream: AnyStream): Closable {
  return { close: () => stream.reset() };
}

/** Accepts what comes, and throws it away, until the storm is over. */
async function throwAway(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await (await endpoint.accept({ signal })).reset();
    } catch (error) {
      if (error === CANCELLED) return;
      throw error;
    }
  }
}

storm(
  {
    name: "accepts that are cancelled leave no connection",
    counts: { short: 1600, long: 100_000 },
  },
  async (count, random) => {
    await using endpoint = await unix.listen();
    let isOver = false;
    const clients = spawn(async () => {
      while (!isOver) {
        const client = await endpoint.connect();
        if (random.chance(0.3)) await yieldNow();
        await client.reset();
      }
    });
    const accept = async (signal: AbortSignal): Promise<Closable> =>
      resetting(await endpoint.accept({ signal }));
    const cancelled = await cancelMany(count, random, accept);
    isOver = true;
    const rest = new AbortController();
    const discarding = throwAway(endpoint, rest.signal);
    await clients;
    rest.abort(CANCELLED);
    await discarding;
    return `${cancelled} of ${count} accepts cancelled`;
  },
);

for (const transport of [unix, tcp]) {
  storm(
    {
      name: `connects over ${transport.name} that are cancelled leave no connection`,
      counts: { short: 800, long: 50_000 },
    },
    async (count, random) => {
      await using endpoint = await transport.listen();
      const rest = new AbortController();
      const discarding = spawn(() => throwAway(endpoint, rest.signal));
      const connect = async (signal: AbortSignal): Promise<Closable> =>
        resetting(await endpoint.connect({ signal }));
      const cancelled = await cancelMany(count, random, connect);
      rest.abort(CANCELLED);
      await discarding;
      return `${cancelled} of ${count} connects over ${transport.name} cancelled`;
    },
  );
}

storm(
  { name: "opens that are cancelled leave no file", counts: { short: 1600, long: 100_000 } },
  async (count, random) => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("file"), "x");
    // What is there is opened at once; what is created goes to a ring or a thread.
    const start = (signal: AbortSignal): Promise<Closable> =>
      random.chance(0.5)
        ? open(folder.at("file"), "r", 0, { signal })
        : open(folder.at(`${random.between(0, 50)}`), "w", 0o600, { signal });
    const cancelled = await cancelMany(count, random, start);
    return `${cancelled} of ${count} opens cancelled`;
  },
);

/** Receives that rest in the kernel, on pipes that nobody writes to. */
class RestingReads {
  readonly #descriptors: Descriptor[] = [];
  readonly #writeEnds: number[] = [];
  readonly outcomes: Promise<string>[] = [];
  readonly #controllers: AbortController[] = [];

  start(): void {
    const pipe = createPipe();
    if (typeof pipe === "number") throw new Error(`No pipe: ${pipe}`);
    const descriptor = new Descriptor(pipe.first);
    this.#descriptors.push(descriptor);
    this.#writeEnds.push(pipe.second);
    this.read(descriptor);
  }

  read(descriptor: Descriptor): void {
    const controller = new AbortController();
    this.#controllers.push(controller);
    const wait = new OperationWait(Runtime.current(), { signal: controller.signal });
    const operation = wait.prepare(read, descriptor);
    if (operation === null) throw new Error("The wait was aborted");
    wait.submit(operation);
    this.outcomes.push(wait.promise.then((result) => `read ${result}`, String));
  }

  cancelAll(random: Random): void {
    const order = this.#controllers.splice(0);
    for (let last = order.length - 1; last > 0; last--) {
      const other = random.between(0, last);
      [order[last], order[other]] = [order[other], order[last]] as [
        AbortController,
        AbortController,
      ];
    }
    for (const controller of order) controller.abort(CANCELLED);
  }

  async close(): Promise<void> {
    await Promise.all(this.#descriptors.map(close));
    for (const fd of this.#writeEnds) closeSync(fd);
  }
}

storm(
  {
    name: "cancels through a submission queue of 4 entries are all terminal",
    counts: { short: 1000, long: 10_000 },
    options: { queueEntries: 4 },
  },
  async (count, random) => {
    let terminal = 0;
    while (terminal < count) {
      const reads = new RestingReads();
      for (let each = 0; each < 500; each++) reads.start();
      if (random.chance(0.5)) await sleep(1);
      reads.cancelAll(random);
      const outcomes = await Promise.all(reads.outcomes);
      expect(outcomes.filter((outcome) => outcome !== CANCELLED)).toEqual([]);
      terminal += outcomes.length;
      await reads.close();
    }
    return `${terminal} of ${terminal} cancels terminal`;
  },
);
