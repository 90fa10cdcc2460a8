import { expect, test } from "bun:test";
import { Runtime, sleep, spawn } from "@bascule/core";
import { metricsResponse, metricsText } from "./prometheus.ts";

const SAMPLE = /^([a-z_]+)\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)+)\} (-?[0-9.e+-]+|NaN)$/;

/** Reads the text as Prometheus does. @throws Error for a line that it would refuse */
function parse(text: string): Map<string, number[]> {
  const samples = new Map<string, number[]>();
  const kinds = new Map<string, string>();
  for (const line of text.trimEnd().split("\n")) {
    const kind = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (kind?.[1] !== undefined && kind[2] !== undefined) kinds.set(kind[1], kind[2]);
    if (line.startsWith("#")) continue;
    const [, name = "", , value] = SAMPLE.exec(line) ?? [];
    const family = name.replace(/_(bucket|sum|count)$/, "");
    if (!kinds.has(name) && kinds.get(family) !== "histogram") throw new Error(`No type: ${line}`);
    samples.set(name, [...(samples.get(name) ?? []), Number(value)]);
  }
  return samples;
}

test("counters and gauges are those of the runtime's metrics", async () => {
  await using runtime = Runtime.create();
  await runtime.spawn(() => sleep(1));
  const samples = parse(metricsText([runtime]));
  const { polls, tasks, systemCalls } = runtime.metrics();
  expect(samples.get("bascule_tasks_spawned_total")).toEqual([tasks.spawned]);
  expect(samples.get("bascule_tasks_live")).toEqual([0]);
  expect(samples.get("bascule_polls_total")).toEqual([polls]);
  expect(samples.get("bascule_driver_system_calls_total")).toEqual([systemCalls]);
  expect(samples.has("bascule_poll_seconds_bucket")).toBe(false);
});

test("while times are measured there are histograms, whose buckets add up", async () => {
  await using runtime = Runtime.create();
  using _measuring = runtime.measureTimes();
  await runtime.spawn(() => sleep(1));
  const samples = parse(metricsText([runtime]));
  const buckets = samples.get("bascule_poll_seconds_bucket") ?? [];
  expect(buckets).toEqual(buckets.toSorted((left, right) => left - right));
  expect(buckets.at(-1)).toBe(samples.get("bascule_poll_seconds_count")?.[0] ?? -1);
  expect(samples.get("bascule_poll_seconds_sum")?.[0]).toBeGreaterThan(0);
});

test("all runtimes of the thread are told apart by a label", async () => {
  await using one = Runtime.create();
  await using _two = Runtime.create();
  await one.spawn(() => undefined);
  expect(parse(metricsText()).get("bascule_tasks_spawned_total")).toEqual([1, 0]);
});

test("a runtime keeps its label when one before it ends", async () => {
  const first = Runtime.create();
  await using second = Runtime.create({ isPrivate: true });
  await second.spawn(() => undefined);
  const lineOf = (spawned: number): string | undefined =>
    metricsText().match(RegExp(`^bascule_tasks_spawned_total.* ${spawned}$`, "m"))?.[0];
  const line = lineOf(1);
  await first.shutdown();
  expect(line).toBeDefined();
  expect(lineOf(1)).toBe(line);
});

test("a text takes no snapshot, whose cost grows with the number of tasks", async () => {
  await using runtime = Runtime.create();
  runtime.snapshot = () => {
    throw new Error("A snapshot was taken");
  };
  expect(parse(metricsText([runtime])).get("bascule_tasks_live")).toEqual([0]);
});

test("a scrape over HTTP gets the text in its type", async () => {
  await using runtime = Runtime.create();
  await spawn(() => undefined);
  const server = Bun.serve({ port: 0, routes: { "/metrics": () => metricsResponse([runtime]) } });
  const response = await fetch(new URL("/metrics", server.url));
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(parse(await response.text()).get("bascule_tasks_finished_total")).toEqual([1]);
  await server.stop(true);
});
