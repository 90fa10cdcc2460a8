import { expect, test } from "bun:test";
import { lifetimeScenarios } from "./lifetime-scenarios.ts";
import { readingScenarios } from "./reading-scenarios.ts";
import { enumerateScenario } from "./scenario.ts";
import { writingScenarios } from "./writing-scenarios.ts";

for (const scenario of [...readingScenarios, ...writingScenarios, ...lifetimeScenarios]) {
  const { name, countsMin } = scenario;
  test(`every interleaving keeps the invariants: ${name}`, () => {
    const [reactor, proactor] = [{ cancelsMayLose: false }, { cancelsMayLose: true }];
    const onReactor = enumerateScenario(scenario, { ...reactor, sendsSilently: false });
    const onProactor = enumerateScenario(scenario, { ...proactor, sendsSilently: false });
    // Invariant 9: a program cannot tell which kind of driver it runs on.
    expect(onReactor.outcomes).toEqual(onProactor.outcomes);
    expect(onReactor.count).toBeGreaterThanOrEqual(countsMin[0]);
    expect(onProactor.count).toBeGreaterThanOrEqual(countsMin[1]);
    // … nor whether what it writes goes out as operations.
    for (const driver of [reactor, proactor]) {
      const silently = enumerateScenario(scenario, { ...driver, sendsSilently: true });
      expect(silently.outcomes).toEqual(onReactor.outcomes);
    }
  }, 120_000);
}
