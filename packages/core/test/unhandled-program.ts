// A program whose tasks fail. It prints what reaches the process as unhandled rejections, as JSON:
// the test runner would count such a rejection as its own.
import { JoinSet, sleep, spawn, type UnhandledTaskError, yieldNow } from "../src/index.ts";
import { FakeRuntime } from "./fake-driver.ts";
import { failureOf } from "./settled.ts";

async function nobodyWaits(): Promise<void> {
  spawn(() => Promise.reject(new Error("broken")), { name: "worker" });
  await sleep(1);
}

/** A failure that cannot be turned into words, and one after it. */
async function withoutWords(): Promise<void> {
  spawn(() => Promise.reject(Object.create(null)), { name: "silent" });
  spawn(() => Promise.reject(new Error("broken")), { name: "worker" });
  await sleep(1);
}

async function somebodyWaits(): Promise<void> {
  await failureOf(spawn(() => Promise.reject(new Error("seen"))));
  await using set = new JoinSet<never>();
  set.spawn(() => Promise.reject(new Error("collected")));
  await failureOf(set.next());
}

async function aborted(): Promise<void> {
  const task = spawn(() => sleep(1000));
  await yieldNow();
  task.abort();
  await yieldNow();
}

async function failsAfterAbort(): Promise<void> {
  const task = spawn(async () => {
    await sleep(1000).catch(() => undefined);
    throw new Error("while cleaning up");
  });
  await yieldNow();
  task.abort();
  await yieldNow();
}

async function joinerGivesUp(): Promise<void> {
  const worker = spawn(async () => {
    await sleep(2);
    throw new Error("nobody left");
  });
  const joiner = spawn(() => worker.then());
  await yieldNow();
  joiner.abort("gave up");
  await failureOf(joiner);
  await sleep(4);
}

/** The joiner is woken by the failure, and aborted before its turn comes. */
async function joinerIsTooLate(): Promise<void> {
  const worker = spawn(async () => {
    await sleep(1);
    void afterMicrotasks(20).then(() => joiner.abort("too late"));
    throw new Error("heard by nobody");
  });
  const joiner = spawn(() => worker.then());
  await failureOf(joiner);
  await sleep(1);
}

/** The joiner has been aborted before it joins: it hears nothing. */
async function joinerIsAborted(): Promise<void> {
  const worker = spawn(async () => {
    await sleep(2);
    throw new Error("joined by nobody");
  });
  const joiner = spawn(async () => {
    await sleep(1000).catch(() => undefined);
    await worker;
  });
  await yieldNow();
  joiner.abort("over");
  await failureOf(joiner);
  await sleep(4);
}

async function afterMicrotasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await null;
}

const scenarios: Record<string, () => Promise<void>> = {
  nobodyWaits,
  withoutWords,
  somebodyWaits,
  aborted,
  failsAfterAbort,
  joinerGivesUp,
  joinerIsTooLate,
  joinerIsAborted,
};

const reports: unknown[] = [];
process.on("unhandledRejection", (error: UnhandledTaskError) => {
  const { name, message, task, spawnSite, cause } = error;
  reports.push({
    name,
    message,
    task,
    spawnSite,
    cause: cause instanceof Error ? String(cause) : null,
  });
});
const fake = new FakeRuntime();
await scenarios[process.argv[2] ?? ""]?.();
await new Promise<void>((resolve) => setImmediate(resolve));
await fake[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify(reports));
