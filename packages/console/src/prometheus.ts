import { liveRuntimes, type Runtime, type RuntimeSnapshot } from "@bascule/core";

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Readings = Pick<RuntimeSnapshot, "metrics" | "times">;

interface Metric {
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly help: string;
  readonly read: (readings: Readings) => number | null;
}

const METRICS: readonly Metric[] = [
  counter("tasks_spawned_total", "Tasks spawned.", ({ metrics }) => metrics.tasks.spawned),
  counter(
    "tasks_finished_total",
    "Tasks that have ended.",
    ({ metrics }) => metrics.tasks.finished,
  ),
  gauge("tasks_live", "Tasks that have not ended.", ({ metrics }) => metrics.tasks.live),
  gauge("tasks_ready", "Tasks in the run queues.", ({ metrics }) => metrics.tasks.ready),
  counter("polls_total", "Polls of tasks.", ({ metrics }) => metrics.polls),
  counter("wakes_total", "Wake-ups that queued a task.", ({ metrics }) => metrics.wakes),
  counter(
    "budgets_spent_total",
    "Waits that were ready and had to take their turn.",
    ({ metrics }) => metrics.budgetsSpent,
  ),
  counter("parks_total", "Times the thread was left to Bun.", ({ metrics }) => metrics.parks),
  gauge("uptime_seconds", "Age of the runtime.", ({ metrics }) => metrics.uptimeMs / 1000),
  gauge(
    "timers_armed",
    "Timers that wait for their moment.",
    ({ metrics }) => metrics.timers.armed,
  ),
  counter(
    "operations_submitted_total",
    "Operations handed to the driver.",
    ({ metrics }) => metrics.operations.submitted,
  ),
  counter(
    "operations_completed_total",
    "Operations that have ended.",
    ({ metrics }) => metrics.operations.completed,
  ),
  counter(
    "operations_partial_total",
    "Completions of multishot operations that go on.",
    ({ metrics }) => metrics.operations.partial,
  ),
  counter(
    "operations_cancelled_total",
    "Operations that ended by a cancel.",
    ({ metrics }) => metrics.operations.cancelled,
  ),
  gauge(
    "operations_in_flight",
    "Operations in the driver's hands.",
    ({ metrics }) => metrics.operations.inFlight,
  ),
  counter("driver_turns_total", "Turns of the driver.", ({ metrics }) => metrics.turns),
  counter(
    "driver_system_calls_total",
    "System calls of the driver.",
    ({ metrics }) => metrics.systemCalls,
  ),
  counter(
    "driver_waits_total",
    "System calls of the driver that may wait.",
    ({ metrics }) => metrics.waits,
  ),
  gauge(
    "receive_buffers_free",
    "Buffers of the receive pool that are free.",
    ({ metrics }) => metrics.receiveBuffers.free,
  ),
  gauge(
    "receive_buffers",
    "Buffers of the receive pool.",
    ({ metrics }) => metrics.receiveBuffers.count,
  ),
  counter(
    "receives_starved_total",
    "Receives that found no free buffer.",
    ({ metrics }) => metrics.receiveBuffers.starved,
  ),
  gauge("send_blocks_taken", "Send blocks in use.", ({ metrics }) => metrics.sendBlocksTaken),
  gauge("resources_open", "Listeners, streams and files.", ({ metrics }) => metrics.resources.open),
  counter("polls_seconds_total", "Time in polls, while measured.", ({ times }) =>
    times === null ? null : times.pollsMs / 1000,
  ),
  counter("parked_seconds_total", "Time in Bun's loop, while measured.", ({ times }) =>
    times === null ? null : times.parkedMs / 1000,
  ),
];

const numbers: WeakMap<Runtime, number> = new WeakMap();
let numbered = 0;

/** Runtimes come and go: a place in the list of today would be another's tomorrow. */
function numberOf(runtime: Runtime): number {
  const number = numbers.get(runtime) ?? numbered++;
  numbers.set(runtime, number);
  return number;
}

/**
 * Counters and gauges in the text format of Prometheus, of the given runtimes or of all of this
 * thread's, numbered in the order in which they were first seen. While times are measured
 * (`runtime.measureTimes()`) there are also histograms of how long polls took and how long tasks
 * stood in a run queue. What it costs does not grow with the number of tasks.
 * @example
 * ```ts
 * import { metricsText } from "@bascule/console";
 * import { Runtime, sleep, spawn } from "@bascule/core";
 * await spawn(() => sleep(1));
 * const text = metricsText([Runtime.current()]);
 * if (!/^bascule_tasks_spawned_total\{.*\} 1$/m.test(text)) throw new Error(text);
 * ```
 */
export function metricsText(runtimes: readonly Runtime[] = liveRuntimes()): string {
  const sources = runtimes.map((runtime) => ({
    labels: `runtime="${numberOf(runtime)}",driver="${escapeLabel(runtime.driver.name)}"`,
    readings: { metrics: runtime.metrics(), times: runtime.times() },
  }));
  const lines = METRICS.flatMap(({ name, kind, help, read }) => {
    const values = sources.flatMap(({ labels, readings }) => {
      const value = read(readings);
      return value === null ? [] : [`${name}{${labels}} ${value}`];
    });
    return values.length === 0 ? [] : [...headerOf(name, kind, help), ...values];
  });
  lines.push(
    ...histogram("bascule_poll_seconds", "How long polls took.", sources, "polls"),
    ...histogram(
      "bascule_scheduled_seconds",
      "How long tasks stood in a run queue.",
      sources,
      "scheduled",
    ),
  );
  return `${lines.join("\n")}\n`;
}

/**
 * The answer to a scrape: `Bun.serve({ routes: { "/metrics": () => metricsResponse() } })`.
 * @example
 * ```ts
 * import { metricsResponse } from "@bascule/console";
 * import { Runtime } from "@bascule/core";
 * const runtime = Runtime.current();
 * const server = Bun.serve({ port: 0, routes: { "/metrics": () => metricsResponse([runtime]) } });
 * const response = await fetch(new URL("/metrics", server.url));
 * if (!(await response.text()).includes("bascule_polls_total")) throw new Error("no metrics");
 * await server.stop();
 * ```
 */
export function metricsResponse(runtimes?: readonly Runtime[]): Response {
  return new Response(metricsText(runtimes), { headers: { "content-type": CONTENT_TYPE } });
}

function histogram(
  name: string,
  help: string,
  sources: readonly { labels: string; readings: Readings }[],
  key: "polls" | "scheduled",
): string[] {
  const lines = sources.flatMap(({ labels, readings: { times } }) => {
    if (times === null) return [];
    const { boundsMs, counts, sumMs } = times[key];
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      const bound = boundsMs[index];
      const le = bound === undefined ? "+Inf" : String(bound / 1000);
      return `${name}_bucket{${labels},le="${le}"} ${total}`;
    });
    return [
      ...buckets,
      `${name}_sum{${labels}} ${sumMs / 1000}`,
      `${name}_count{${labels}} ${total}`,
    ];
  });
  return lines.length === 0 ? [] : [...headerOf(name, "histogram", help), ...lines];
}

function headerOf(name: string, kind: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`];
}

function counter(name: string, help: string, read: Metric["read"]): Metric {
  return { name: `bascule_${name}`, kind: "counter", help, read };
}

function gauge(name: string, help: string, read: Metric["read"]): Metric {
  return { name: `bascule_${name}`, kind: "gauge", help, read };
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
