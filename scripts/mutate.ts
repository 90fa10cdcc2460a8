import { join } from "node:path";
import { uringFault } from "./doctor/drivers.ts";
import { CheckoutCopy } from "./mutate/checkout-copy.ts";
import type { Fault, SuiteName } from "./mutate/fault.ts";
import { FAULTS } from "./mutate/faults/all.ts";
import { SUITES } from "./mutate/suites.ts";
import { type Verdict, verdictOf } from "./mutate/verdict.ts";
import { endAllCommands, runCommand } from "./test/run-command.ts";
import { ROOT } from "./workspaces.ts";

/** A suite that takes so many times longer than without a fault hangs. */
const SLOWER_MAX = 4;
const LIMIT_MS_MIN = 30_000;
const LIMIT_MS_FIRST = 300_000;

/** Each test may take so long: a busy machine must not decide. */
const TEST_LIMIT_MS = 20_000;
/** A suite must be green once without a fault, and a busy machine may need more than one go. */
const GREEN_ATTEMPTS = 3;

/** How one fault fared. */
interface Result {
  readonly fault: Fault;
  /** Null when every suite stayed green. */
  readonly killedBy: { readonly suite: SuiteName; readonly test: string } | null;
  readonly durationMs: number;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    endAllCommands();
    process.exit(130);
  });
}

process.exitCode = await main(process.argv.slice(2));

/**
 * Breaks a copy of the checkout in each of the known ways, and shows which test notices.
 * @returns the exit code: 0 when every fault was noticed
 */
async function main(words: readonly string[]): Promise<number> {
  const faults = FAULTS.filter(({ file, name }) =>
    words.every((word) => `${file} ${name}`.includes(word)),
  );
  if (faults.length === 0) {
    console.error(`No fault has the words "${words.join(" ")}" in its file or name`);
    return 2;
  }
  using copy = await CheckoutCopy.make(ROOT);
  const missing = await uringFault();
  const isUsable = (suite: SuiteName): boolean =>
    missing === null || SUITES[suite].driver !== "uring";
  const limits = new TimeLimits(copy);
  const results: Result[] = [];
  for (const fault of faults) {
    const suites = fault.suites.filter(isUsable);
    if (suites.length === 0) console.log(`--       ${fault.name}: io_uring: ${missing}`);
    else results.push(await tryFault(copy, fault, suites, limits));
  }
  const survivors = results.filter(({ killedBy }) => killedBy === null);
  console.log(`${results.length - survivors.length} killed, ${survivors.length} survived`);
  return survivors.length === 0 ? 0 : 1;
}

async function tryFault(
  copy: CheckoutCopy,
  fault: Fault,
  suites: readonly SuiteName[],
  limits: TimeLimits,
): Promise<Result> {
  const startMs = performance.now();
  let killedBy: Result["killedBy"] = null;
  for (const suite of suites) {
    // Before the fault is in: a suite that is red anyway would notice everything.
    const limitMs = await limits.of(suite);
    if (limitMs === null) continue;
    using _ = copy.break(fault);
    const verdict = await runSuite(copy, suite, limitMs);
    if (verdict.isGreen) continue;
    // A test that fails once may have met a busy machine: the fault fails it every time.
    if (!verdict.isHang && (await runSuite(copy, suite, limitMs)).isGreen) continue;
    killedBy = { suite, test: verdict.noticedBy };
    break;
  }
  const result: Result = { fault, killedBy, durationMs: performance.now() - startMs };
  console.log(lineOf(result));
  return result;
}

function lineOf({ fault, killedBy, durationMs }: Result): string {
  const seconds = `${(durationMs / 1000).toFixed(1).padStart(5)} s`;
  const place = fault.file.replace("packages/", "").replace("/src/", "/");
  if (killedBy === null) return `SURVIVED ${seconds}  ${place}: ${fault.name}`;
  const notice = `${" ".repeat(19)}${killedBy.suite}: ${killedBy.test}`;
  return `killed   ${seconds}  ${place}: ${fault.name}\n${notice}`;
}

/** How long each suite may take, from how long it takes without a fault. */
class TimeLimits {
  readonly #copy: CheckoutCopy;
  readonly #limits: Map<SuiteName, number | null> = new Map();

  constructor(copy: CheckoutCopy) {
    this.#copy = copy;
  }

  /** Null when the suite is red without a fault: then it cannot tell anything. */
  async of(suite: SuiteName): Promise<number | null> {
    const known = this.#limits.get(suite);
    if (known !== undefined) return known;
    let limitMs: number | null = null;
    for (let attempt = 0; attempt < GREEN_ATTEMPTS && limitMs === null; attempt++) {
      limitMs = await this.#measure(suite);
    }
    this.#limits.set(suite, limitMs);
    return limitMs;
  }

  async #measure(suite: SuiteName): Promise<number | null> {
    const startMs = performance.now();
    const verdict = await runSuite(this.#copy, suite, LIMIT_MS_FIRST);
    const tookMs = performance.now() - startMs;
    const seconds = `${(tookMs / 1000).toFixed(1).padStart(5)} s`;
    if (verdict.isGreen) console.log(`green    ${seconds}  ${suite}, without a fault`);
    else console.log(`RED      ${seconds}  ${suite}, without a fault: ${verdict.noticedBy}`);
    return verdict.isGreen ? Math.max(LIMIT_MS_MIN, Math.ceil(tookMs * SLOWER_MAX)) : null;
  }
}

async function runSuite(
  copy: CheckoutCopy,
  name: SuiteName,
  timeLimitMs: number,
): Promise<Verdict> {
  const suite = SUITES[name];
  const result = await runCommand({
    argv: ["bun", "test", "--bail", `--timeout=${TEST_LIMIT_MS}`, ...suite.arguments],
    folder: join(copy.folder, suite.folder),
    environment: { BASCULE_DRIVER: suite.driver },
    timeLimitMs,
  });
  return verdictOf(result);
}
