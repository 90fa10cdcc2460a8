import { must } from "../fuzz/outcome.ts";
import { connected, FIRST_FD, type Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** What a program fills memory with that it has got back. */
const SCRIBBLE = 0xff;

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}

/** How a moved buffer came back. */
interface Moved {
  outcome: string;
  bytesWritten: number | undefined;
  /** Whether it was moved at all, and how often it came back. */
  wasMoved: boolean;
  timesBack: number;
}

function mustBeBack({ outcome, wasMoved, timesBack }: Moved): void {
  must(outcome !== "pending", "a write does not end");
  must(timesBack === (wasMoved ? 1 : 0), `the buffer came back ${timesBack} times`);
}

/** Moves a buffer to the kernel, and scribbles over it as soon as it is back. */
function moveIn(
  stage: Stage,
  bytes: readonly number[],
  signal: AbortSignal,
  log: number[],
  write: (
    buffer: ArrayBuffer,
    options: { signal: AbortSignal; reclaim: (buffer: ArrayBuffer) => void },
  ) => Promise<{ buffer: ArrayBuffer }>,
): Moved {
  const moved: Moved = {
    outcome: "pending",
    bytesWritten: undefined,
    wasMoved: false,
    timesBack: 0,
  };
  const back = (buffer: ArrayBuffer): void => {
    moved.timesBack++;
    new Uint8Array(buffer).fill(SCRIBBLE);
  };
  stage.runtime.spawn(
    async () => {
      const { buffer } = Uint8Array.from(bytes);
      try {
        log.push(...bytes);
        const writing = write(buffer, { signal, reclaim: back });
        moved.wasMoved = buffer.detached;
        back((await writing).buffer);
        moved.outcome = "sent";
      } catch (error) {
        moved.outcome = codeOf(error);
        moved.bytesWritten = (error as { bytesWritten?: number }).bytesWritten;
      }
    },
    { name: "move" },
  );
  return moved;
}

/** Writes of one socket: what the kernel reads from is nobody else's until it has let go. */
export const writingScenarios: readonly Scenario[] = [
  {
    name: "a moved buffer that is aborted beside a write, with short sends",
    habits: { sendsMayBeShort: true },
    countsMin: [350, 480],
    set: (stage) => {
      const stream = connected(stage);
      const controller = new AbortController();
      const written: number[] = [];
      const moved = moveIn(stage, [3, 4, 5, 6], controller.signal, written, (buffer, options) =>
        stream.writeFrom(buffer, options),
      );
      stage.runtime.spawn(
        async () => {
          written.push(1, 2);
          await stream.write(Uint8Array.of(1, 2));
        },
        { name: "write" },
      );
      const reason = Object.assign(new Error("abort"), { code: "abort" });
      stage.actor({ name: "abort", act: () => controller.abort(reason) });
      return () => {
        const sent = stage.kernel.wires.get(FIRST_FD) ?? [];
        mustBeBack(moved);
        if (moved.outcome === "sent") {
          must(sent.join() === written.join(), `${sent.join()} was sent of ${written.join()}`);
          return "sent";
        }
        const count = moved.bytesWritten ?? 0;
        const kept = [3, 4, 5, 6].slice(0, count);
        const orders = [
          [1, 2, ...kept],
          [...kept, 1, 2],
        ].map((bytes) => bytes.join());
        // An abort before the first poll keeps the task from beginning at all, not the other.
        must(orders.includes(sent.join()), `${sent.join()} was sent, ${count} of the moved`);
        return `${moved.outcome} after ${count}`;
      };
    },
  },
  {
    name: "a write, a moved buffer and a close, with sends that fail",
    habits: { sendsMayFail: true },
    countsMin: [78, 78],
    set: (stage) => {
      const stream = connected(stage);
      const written: number[] = [];
      const never = new AbortController().signal;
      const moved = moveIn(stage, [3, 4], never, written, (buffer, options) =>
        stream.writeFrom(buffer, options),
      );
      let closing = "open";
      const { wires } = stage.kernel;
      const wire = wires.get(FIRST_FD) ?? [];
      stage.actor(
        { name: "write", act: () => void stream.write(Uint8Array.of(1, 2)).catch(codeOf) },
        {
          name: "close",
          act: () =>
            void stream.close().then(
              () => (closing = "closed"),
              (error: unknown) => (closing = codeOf(error)),
            ),
        },
      );
      return () => {
        mustBeBack(moved);
        must(closing !== "open", "a close does not end");
        const orders = [
          [1, 2, 3, 4],
          [3, 4, 1, 2],
        ];
        must(
          orders.some((order) => order.slice(0, wire.length).join() === wire.join()),
          `${wire.join()} was sent`,
        );
        return moved.outcome;
      };
    },
  },
  {
    name: "writes on two sockets while a full block of one is being sent",
    countsMin: [198, 198],
    set: (stage) => {
      const streams = [connected(stage), connected(stage)] as const;
      const written: [number[], number[]] = [[], []];
      const write = (to: 0 | 1, byte: number, byteLength: number): void => {
        const bytes = new Uint8Array(byteLength).fill(byte);
        written[to].push(...bytes);
        void streams[to].write(bytes);
      };
      // As much as a small block takes: what follows goes elsewhere.
      stage.act(() => write(0, 1, 4096));
      stage.actor({ name: "write more", act: () => write(0, 2, 3) });
      stage.actor({ name: "write to the other", act: () => write(1, 3, 2) });
      stage.actor({ name: "write most", act: () => write(0, 4, 5) });
      return () => {
        for (const to of [0, 1] as const) {
          const sent = stage.kernel.wires.get(FIRST_FD + to) ?? [];
          must(sent.join() === written[to].join(), "other bytes were sent than were written");
        }
        return "sent";
      };
    },
  },
  {
    name: "a read and a write that a reset ends",
    countsMin: [290, 750],
    set: (stage) => {
      const stream = connected(stage);
      stage.kernel.script(FIRST_FD, { chunks: [[1]] });
      const ended: string[] = [];
      stage.runtime.spawn(
        async () => {
          const got = await stream.read().catch(codeOf);
          ended.push(typeof got === "string" ? got : "bytes");
        },
        { name: "read" },
      );
      stage.runtime.spawn(
        async () => {
          const outcome = await stream
            .write(Uint8Array.of(1, 2))
            .then(() => stream.flush())
            .catch(codeOf);
          ended.push(outcome ?? "sent");
        },
        { name: "write" },
      );
      stage.actor({ name: "reset", act: () => void stream.reset() });
      return () => {
        must(ended.length === 2 && stage.kernel.open.size === 0, "a reset ends not everything");
        return ended.toSorted().join();
      };
    },
  },
];
