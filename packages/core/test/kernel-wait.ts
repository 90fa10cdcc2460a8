import { sleep, spawn, suspend } from "../src/index.ts";
import type { FakeRuntime } from "./fake-driver.ts";

const WAIT_MS = 5;
/** Never due in a test, so that the wait has an end that it does not reach. */
const FAR_MS = 1e9;

/**
 * Has `blockOn` wait in the kernel, for at least {@link WAIT_MS}, until what it waits for comes
 * from there. A short sleep alone does not see to that: on a busy machine its time is over before
 * the loop could wait for it.
 */
export function waitInKernel({ driver, runtime }: FakeRuntime): void {
  let wake = (): void => undefined;
  const turn = driver.turn.bind(driver);
  driver.turn = (timeoutMs) => {
    if (timeoutMs === 0) return turn(0);
    driver.counters.waits++;
    Bun.sleepSync(WAIT_MS);
    wake();
    return turn(0);
  };
  runtime.blockOn(async () => {
    const alarm = spawn(() => sleep(FAR_MS));
    await suspend<void>((waker) => {
      wake = () => waker.wake();
    });
    alarm.abort();
    await alarm.catch(() => undefined);
  });
  driver.turn = turn;
}
