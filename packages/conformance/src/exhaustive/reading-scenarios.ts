import type { TcpStream } from "@bascule/net";
import { select } from "@bascule/sync";
import { must } from "../fuzz/outcome.ts";
import { connected, FIRST_FD, type Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** Everything that is still to come from a socket. */
function restOf(stage: Stage, stream: TcpStream): number[] {
  return stage.finish(async () => {
    const bytes: number[] = [];
    for await (const chunk of stream) bytes.push(...chunk);
    return bytes;
  });
}

function mustEqual(actual: readonly number[], expected: readonly number[]): void {
  must(actual.join() === expected.join(), `bytes ${actual.join()}, not ${expected.join()}`);
}

/** Reads of one socket: no byte is lost or doubled, whoever is aborted, and order is kept. */
export const readingScenarios: readonly Scenario[] = [
  {
    name: "two reads, one of them aborted, while bytes and the end come",
    countsMin: [471, 471],
    set: (stage) => {
      const stream = connected(stage);
      stage.kernel.script(FIRST_FD, {
        chunks: [
          [1, 2, 3],
          [4, 5],
        ],
        ends: true,
      });
      const controller = new AbortController();
      const got: number[] = [];
      const ended: string[] = [];
      for (const [name, signal] of [
        ["aborted read", controller.signal],
        ["other read", undefined],
      ] as const) {
        stage.runtime.spawn(
          async () => {
            const bytes = await stream.read({ signal }).catch((error: unknown) => {
              must(error === "abort", `rejected with ${String(error)}`);
              return [];
            });
            got.push(...(bytes ?? []));
            ended.push(name);
          },
          { name },
        );
      }
      stage.actor({ name: "abort", act: () => controller.abort("abort") });
      return () => {
        must(ended.length === 2, "a read does not end");
        mustEqual([...got, ...restOf(stage, stream)], [1, 2, 3, 4, 5]);
        return "conserved";
      };
    },
  },
  {
    name: "an exact read that is aborted, a read behind it, and a close",
    countsMin: [1900, 3300],
    set: (stage) => {
      const stream = connected(stage);
      stage.kernel.script(FIRST_FD, { chunks: [[1, 2, 3, 4]] });
      const controller = new AbortController();
      const got: number[] = [];
      const ended: string[] = [];
      const read = (name: string, work: () => Promise<Uint8Array | null>): void => {
        stage.runtime.spawn(
          async () => {
            try {
              got.push(...((await work()) ?? []));
              ended.push("bytes");
            } catch (error) {
              ended.push(error === "abort" ? "abort" : (error as { code: string }).code);
            }
          },
          { name },
        );
      };
      read("exact", () => stream.readExactly(3, { signal: controller.signal }));
      read("any", () => stream.read());
      stage.actor({ name: "abort", act: () => controller.abort("abort") });
      stage.actor({ name: "close", act: () => void stream.close() });
      return () => {
        must(ended.length === 2, "a read does not end");
        mustEqual(got, [1, 2, 3, 4].slice(0, got.length));
        return ended.toSorted().join();
      };
    },
  },
  {
    name: "a select over two sockets where both get bytes",
    countsMin: [258, 258],
    set: (stage) => {
      const streams = [connected(stage), connected(stage)] as const;
      stage.kernel.script(FIRST_FD, { chunks: [[1], [2]], ends: true });
      stage.kernel.script(FIRST_FD + 1, { chunks: [[7], [8]], ends: true });
      const got: [number[], number[]] = [[], []];
      stage.runtime.spawn(
        async () => {
          const winner = await select(
            { first: () => streams[0].read(), second: () => streams[1].read() },
            { biased: true },
          );
          got[winner.key === "first" ? 0 : 1].push(...(winner.value ?? []));
        },
        { name: "select" },
      );
      return () => {
        must(got[0].length + got[1].length > 0, "a select does not end");
        mustEqual([...got[0], ...restOf(stage, streams[0])], [1, 2]);
        mustEqual([...got[1], ...restOf(stage, streams[1])], [7, 8]);
        return got[0].length > 0 ? "first" : "second";
      };
    },
  },
];
