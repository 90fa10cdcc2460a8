import { afterEach, expect, test } from "bun:test";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeDriver } from "../test/fake-driver.ts";
import { HostWatch } from "./host-watch.ts";

/** A descriptor that Bun can watch as it watches an eventfd, and that a test makes readable. */
class WatchedDriver extends FakeDriver {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "bascule-watch-"));
  override readonly hostFd: number;
  unparks: number = 0;

  constructor() {
    super();
    const path = join(this.#folder, "fifo");
    if (Bun.spawnSync(["mkfifo", path]).exitCode !== 0) throw new Error("mkfifo failed");
    this.hostFd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  override unpark(): void {
    this.unparks++;
  }

  becomeReadable(): void {
    writeSync(this.hostFd, "x");
  }

  remove(): void {
    closeSync(this.hostFd);
    rmSync(this.#folder, { recursive: true });
  }
}

let driver: WatchedDriver;
let watch: HostWatch;

afterEach(() => {
  watch.close();
  driver.remove();
});

test("the self-test asks for one wake-up, however often the loop sleeps before", async () => {
  driver = new WatchedDriver();
  const woken = Promise.withResolvers<void>();
  watch = new HostWatch(driver, () => woken.resolve(), false);
  for (let i = 0; i < 5; i++) watch.watch();
  expect([watch.mode, driver.unparks]).toEqual(["stream", 1]);
  driver.becomeReadable();
  await woken.promise;
  watch.watch();
  expect([watch.mode, driver.unparks]).toEqual(["stream", 1]);
});

test("a watch that was stopped before the wake-up came is tested again", () => {
  driver = new WatchedDriver();
  watch = new HostWatch(driver, () => undefined, false);
  watch.watch();
  watch.stop();
  watch.watch();
  expect([watch.mode, driver.unparks]).toEqual(["stream", 2]);
});

test("where the wake-up never comes, a thread takes over", async () => {
  driver = new WatchedDriver();
  const { promise, resolve } = Promise.withResolvers<void>();
  watch = new HostWatch(driver, resolve, false);
  watch.watch();
  const modes = [watch.mode];
  await promise;
  expect([...modes, watch.mode]).toEqual(["stream", "thread"]);
});
