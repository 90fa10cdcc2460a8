import { Descriptor, OperationWait, TaskScope } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
import { connect } from "@bascule/sys";
import { must } from "../fuzz/outcome.ts";
import { connected, FIRST_FD, type Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}

/** One wait for an operation, with what became of its memory and its result. */
interface Lent {
  released: number;
  discarded: number;
  outcome: string;
}

function lend(stage: Stage, name: string, descriptor: Descriptor, signal: AbortSignal): Lent {
  const lent: Lent = { released: 0, discarded: 0, outcome: "pending" };
  const { runtime } = stage;
  runtime.spawn(
    async () => {
      if (descriptor.closing) {
        lent.outcome = "too late";
        return;
      }
      const wait = new OperationWait(runtime, { signal });
      const operation = wait.prepare(connect, descriptor);
      if (operation !== null) {
        operation.root = lent;
        wait.release = () => lent.released++;
        wait.discard = () => lent.discarded++;
        wait.submit(operation);
      } else lent.released++;
      try {
        const result = await wait.promise;
        lent.outcome = result === 0 ? "connected" : `result ${result}`;
      } catch (error) {
        // Invariant 7: nobody is told before the kernel has let go.
        must(lent.released === 1, "rejected while the kernel has the memory");
        lent.outcome = String(error);
      }
    },
    { name },
  );
  return lent;
}

function mustHaveEnded({ released, discarded, outcome }: Lent): void {
  must(outcome !== "pending", "a wait does not end");
  if (outcome === "too late") return;
  must(released === 1, `memory is released ${released} times`);
  must(outcome !== "connected" || discarded === 0, "a result is delivered and discarded");
}

/** How a connect can end that is aborted, refused, or overtaken by the end of the runtime. */
const CONNECT_ENDS: readonly string[] = [
  "abort",
  "connected",
  "ECONNREFUSED",
  "ERR_BASCULE_RUNTIME_CLOSED",
];

/** Operations that outlive those who wait for them. */
export const lifetimeScenarios: readonly Scenario[] = [
  {
    name: "three operations on two descriptors, with aborts and a close",
    countsMin: [5040, 10360],
    set: (stage) => {
      const [x, y] = [stage.kernel.openDescriptor(), stage.kernel.openDescriptor()];
      const descriptors = [new Descriptor(x), new Descriptor(y)] as const;
      const { ledger } = stage.kernel;
      const [first, second] = [new AbortController(), new AbortController()];
      const never = new AbortController().signal;
      const all = [
        lend(stage, "a", descriptors[0], first.signal),
        lend(stage, "b", descriptors[0], never),
        lend(stage, "c", descriptors[1], second.signal),
      ];
      // All are under way before anything goes wrong: how they begin is another scenario's.
      for (let polls = 0; polls < all.length; polls++) stage.poll();
      stage.actor({ name: "abort a", act: () => first.abort("abort") });
      stage.actor({ name: "close X", act: () => ledger.close(descriptors[0]) });
      return () => {
        for (const each of all) mustHaveEnded(each);
        must(descriptors[0].closed && !stage.kernel.open.has(x), "the descriptor is not closed");
        ledger.close(descriptors[1]);
        return all.map(({ outcome }) => outcome).join();
      };
    },
  },
  {
    name: "two accepts, one of them aborted, while connections come and the listener closes",
    countsMin: [4300, 10900],
    set: (stage) => {
      const listener = stage.finish(() => TcpListener.bind());
      stage.kernel.script(FIRST_FD, { connections: 2 });
      const controller = new AbortController();
      const ended: string[] = [];
      for (const [name, signal] of [
        ["aborted accept", controller.signal],
        ["other accept", undefined],
      ] as const) {
        stage.runtime.spawn(
          async () => {
            try {
              await (await listener.accept({ signal })).reset();
              ended.push("connection");
            } catch (error) {
              ended.push(codeOf(error));
            }
          },
          { name },
        );
      }
      stage.actor({ name: "abort", act: () => controller.abort("abort") });
      stage.actor({ name: "close", act: () => void listener.close() });
      return () => {
        must(ended.length === 2, "an accept does not end");
        must(stage.kernel.open.size === 0, "a connection is left open");
        return ended.toSorted().join();
      };
    },
  },
  {
    name: "two connects, one of them aborted, and the shutdown of the runtime",
    habits: { connectsMayFail: true },
    countsMin: [1600, 3400],
    set: (stage) => {
      const controller = new AbortController();
      const ended: string[] = [];
      for (const [name, signal] of [
        ["aborted connect", controller.signal],
        ["other connect", new AbortController().signal],
      ] as const) {
        stage.runtime.spawn(
          async () => {
            try {
              await TcpStream.connect({ port: 7, signal });
              ended.push("connected");
            } catch (error) {
              ended.push(codeOf(error));
            }
          },
          { name },
        );
      }
      stage.actor({ name: "abort", act: () => controller.abort("abort") });
      stage.actor({ name: "shutdown", act: () => void stage.runtime.shutdown() });
      return () => {
        must(
          ended.every((each) => CONNECT_ENDS.includes(each)),
          `a connect ends with ${ended.join()}`,
        );
        // Who is aborted before its first poll never begins.
        return ended.toSorted().join();
      };
    },
  },
  {
    name: "a shutdown beside a read, a write and an accept",
    countsMin: [536, 950],
    set: (stage) => {
      const stream = connected(stage);
      const listener = stage.finish(() => TcpListener.bind());
      stage.kernel.script(FIRST_FD + 1, { connections: 1 });
      const ended: string[] = [];
      const run = (name: string, work: () => Promise<unknown>): void => {
        stage.runtime.spawn(
          async () => {
            await work().catch(codeOf);
            ended.push(name);
          },
          { name },
        );
      };
      run("read", () => stream.read());
      run("write", () => stream.write(Uint8Array.of(1, 2)).then(() => stream.flush()));
      run("accept", () => listener.accept());
      for (let polls = 0; polls < 3; polls++) stage.poll();
      stage.actor({ name: "shutdown", act: () => void stage.runtime.shutdown() });
      return () => {
        must(ended.length === 3, `only ${ended.join()} ended`);
        return "everything ended";
      };
    },
  },
  {
    name: "a scope whose child is aborted beside another that reads",
    countsMin: [221, 221],
    set: (stage) => {
      const stream = connected(stage);
      stage.kernel.script(FIRST_FD, { chunks: [[1, 2]], ends: true });
      const got: number[] = [];
      const ended: string[] = [];
      const scoped = async (): Promise<void> => {
        await using scope = new TaskScope();
        const child = scope.spawn(
          async () => {
            got.push(...((await stream.read({ max: 1 })) ?? []));
            ended.push("read");
          },
          { name: "first" },
        );
        scope.spawn(
          async () => {
            got.push(...(await stream.readExactly(2)));
            ended.push("exact read");
          },
          { name: "second" },
        );
        stage.actor({ name: "abort", act: () => child.abort() });
      };
      stage.runtime.spawn(
        () => scoped().catch((error: unknown) => ended.push((error as Error).name)),
        { name: "scope" },
      );
      return () => {
        const rest = stage.finish(async () => (await stream.read()) ?? []);
        const all = [...got, ...rest].length;
        // What an exact read got before an early end is in its error.
        must(all === 2 || (all === 1 && ended.includes("AggregateError")), `${all} of 2 bytes`);
        return ended.join();
      };
    },
  },
];
