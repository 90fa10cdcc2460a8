import { TcpStream } from "@bascule/net";
import type { KernelHabits } from "./scripted-kernel.ts";
import { enumerate } from "./choices.ts";
import { Stage } from "./stage.ts";

/** A small program, every interleaving of which is run. */
export interface Scenario {
  readonly name: string;
  /** What the kernel may do beside what is calm, whatever the driver. */
  readonly habits?: Partial<KernelHabits>;
  /**
   * Fewer interleavings than this on a reactor, or on a proactor, mean that something is not
   * enumerated any more.
   */
  readonly countsMin: readonly [reactor: number, proactor: number];
  /**
   * Spawns the tasks and names the actors.
   * @returns what checks the end of an execution, and says what came of it for the program
   */
  readonly set: (stage: Stage) => () => string;
}

/** The first descriptor that a program gets. */
export const FIRST_FD = 3;

/** A connected socket. */
export function connected(stage: Stage): TcpStream {
  return stage.finish(() => TcpStream.connect({ port: 7 }));
}

/** What a scenario can end with, and in how many interleavings. */
export interface Enumeration {
  readonly count: number;
  readonly outcomes: readonly string[];
}

/** Runs a scenario in every interleaving. @throws Error with the story of one that goes wrong */
export function enumerateScenario(
  scenario: Scenario,
  driver: Pick<KernelHabits, "cancelsMayLose" | "sendsSilently">,
): Enumeration {
  const outcomes = new Set<string>();
  const count = enumerate((choices) => {
    const stage = new Stage();
    const check = scenario.set(stage);
    stage.perform(choices, { ...scenario.habits, ...driver });
    outcomes.add(check());
    stage.close();
  });
  return { count, outcomes: [...outcomes].toSorted() };
}
