import { expect, test } from "bun:test";
import { emptySnapshot, reportOf, taskOf } from "../../test/reports.ts";
import { drawFrame, layOut, type View } from "./frame.ts";

const VIEW: View = {
  page: "tasks",
  sort: "busy",
  scrolled: 0,
  isPaused: false,
  columns: 180,
  rows: Number.POSITIVE_INFINITY,
};

const idle = await emptySnapshot();

test("tasks are ordered by how busy they were between two reports", () => {
  const before = reportOf({
    ...idle,
    takenAtMs: 1000,
    tasks: [taskOf({ id: 1, name: "calm" }), taskOf({ id: 2, name: "hot" })],
  });
  const times = taskOf({}).times;
  if (times === null) throw new Error("unreachable");
  const now = reportOf({
    ...idle,
    takenAtMs: 2000,
    tasks: [
      taskOf({ id: 1, name: "calm", times: { ...times, totalMs: 2000, busyMs: 510 } }),
      taskOf({ id: 2, name: "hot", polls: 350, times: { ...times, totalMs: 2000, busyMs: 1400 } }),
    ],
  });
  const lines = drawFrame(now, before, VIEW, false);
  const rows = lines.filter((line) => / (calm|hot) /.test(line)).map((line) => line.split(/\s+/));
  expect(rows.map((cells) => cells.slice(1, 8))).toEqual([
    ["2", "hot", "idle", "90.0", "0.0", "250", "350"],
    ["1", "calm", "idle", "1.0", "0.0", "0", "100"],
  ]);
  expect(lines.find((line) => line.includes("hot"))).toEndWith(
    "timer".padEnd(34) + " serve (server.ts:11:34)",
  );
});

test("without a report before, rates are those since the beginning", () => {
  const now = reportOf({ ...idle, tasks: [taskOf({ name: "first" })] });
  const line = drawFrame(now, null, VIEW, false).find((each) => each.includes("first")) ?? "";
  expect(line.split(/\s+/).slice(4, 6)).toEqual(["50.0", "10.0"]);
});

test("the tasks of all runtimes are counted together where there are several", () => {
  const one = reportOf(idle);
  const memoryOf = (report: typeof one): string | undefined =>
    drawFrame(report, null, VIEW, false).find((line) => line.startsWith("memory"));
  expect(memoryOf(one)).toBe("memory   50.0 MB resident, 10.0 MB heap");
  expect(memoryOf({ ...one, runtimes: [idle, idle] })).toBe(
    "memory   50.0 MB resident, 10.0 MB heap   0 live tasks in 2 runtimes",
  );
});

test("a program cannot write to the terminal by the names it gives", () => {
  const name = "\u001b[31mred\u0007\n";
  const waits = [{ on: `end of task "${name}"`, forMs: 1, isReady: false }];
  const now = reportOf({ ...idle, tasks: [taskOf({ name, waits, spawnSite: name })] });
  for (const page of ["tasks", "tree"] as const) {
    const text = drawFrame({ ...now, program: name }, null, { ...VIEW, page }, false).join("");
    expect(text).not.toMatch(/\p{Cc}/u);
    expect(text).toContain("red");
  }
});

test("a frame fills the screen exactly, whatever is in it", () => {
  const tasks = Array.from({ length: 50 }, (_, id) =>
    taskOf({ id, name: `日本 ${"x".repeat(id)}` }),
  );
  const now = reportOf({ ...idle, tasks });
  for (const [columns, rows] of [
    [1, 1],
    [9, 2],
    [30, 5],
    [40, 10],
    [80, 24],
    [200, 100],
  ] as const) {
    for (const page of ["tasks", "operations", "resources", "tree"] as const) {
      const lines = drawFrame(now, null, { ...VIEW, page, columns, rows }, false);
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(columns);
    }
  }
});

test("a long path of the program leaves room for what the title says after it", () => {
  const program = `/srv/${"deep/".repeat(40)}server.ts`;
  for (const columns of [80, 120]) {
    const [title] = drawFrame({ ...reportOf(idle), program }, null, { ...VIEW, columns }, false);
    expect(Bun.stringWidth(title ?? "")).toBe(columns);
    expect(title).toMatch(/^bascule top {3}….*server\.ts {3}process \d+ .* tasks by busy$/);
  }
});

test("scrolling moves the rows and leaves the head and the keys", () => {
  const tasks = Array.from({ length: 30 }, (_, id) => taskOf({ id: id + 1, name: `n${id + 1}` }));
  const view: View = { ...VIEW, sort: "id", rows: 20, scrolled: 10 };
  const lines = drawFrame(reportOf({ ...idle, tasks }), null, view, false);
  expect(lines[0]).toStartWith("bascule top   server.ts   process 42   up 1:05   tasks by id");
  expect(lines.at(-1)).toStartWith("q quit");
  const ids = lines.flatMap((line) => / n(\d+) /.exec(line)?.[1] ?? []);
  expect(ids[0]).toBe("11");
});

test("scrolling ends with the last row at the end of the screen", () => {
  const tasks = Array.from({ length: 30 }, (_, id) => taskOf({ id: id + 1, name: `n${id + 1}` }));
  const now = reportOf({ ...idle, tasks });
  const view: View = { ...VIEW, sort: "id", rows: 20 };
  const far = layOut(now, null, { ...view, scrolled: 1000 }, false);
  expect(far.lines.at(-2)).toContain(" n30 ");
  expect(layOut(now, null, { ...view, scrolled: far.scrolled }, false)).toEqual(far);
  expect(layOut(now, null, { ...view, rows: 100, scrolled: 5 }, false).scrolled).toBe(0);
});

test("operations and resources have pages of their own", () => {
  const snapshot = {
    ...idle,
    operations: [
      {
        kind: "recv",
        descriptor: 9,
        state: "submitted" as const,
        slot: 3,
        generation: 8,
        forMs: 1500,
        isReferenced: false,
      },
    ],
    resources: [{ kind: "TcpListener", detail: "127.0.0.1:7007" }],
  };
  const operations = drawFrame(reportOf(snapshot), null, { ...VIEW, page: "operations" }, false);
  expect(operations.at(-1)?.trim().split(/\s+/)).toEqual([
    "3",
    "8",
    "recv",
    "9",
    "submitted",
    "1.5",
    "s",
    "no",
  ]);
  const resources = drawFrame(reportOf(snapshot), null, { ...VIEW, page: "resources" }, false);
  expect(resources.at(-1)).toBe("TcpListener      127.0.0.1:7007");
});
