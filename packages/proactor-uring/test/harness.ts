import { test } from "bun:test";
import { readFileSync } from "node:fs";
import type { DriverOptions, Unavailability } from "@bascule/core";
import { poll, POLLIN, WOULD_BLOCK } from "@bascule/sys";
import { DriverBench, must } from "@bascule/test-support";
import factory, { UringDriver } from "../src/index.ts";

const LIMIT_MS = 5000;

/** Why there is no io_uring here, or null. */
export const problem: Unavailability | null = factory.probe();
if (problem !== null) process.stderr.write(`Tests of io_uring are skipped: ${problem.cause}\n`);

/** A test that needs io_uring. */
export const uringTest: typeof test = problem === null ? test : test.skipIf(true);

/** Every way in which the driver does without a feature, and the one where it needs none. */
export const CONFIGURATIONS: readonly { readonly title: string; readonly without: string[] }[] = [
  { title: "everything", without: [] },
  { title: "no defer-taskrun", without: ["defer-taskrun"] },
  { title: "no single-issuer", without: ["single-issuer"] },
  { title: "no coop-taskrun", without: ["defer-taskrun", "coop-taskrun"] },
  { title: "no submit-all", without: ["submit-all"] },
  { title: "no ext-arg", without: ["ext-arg"] },
  { title: "no multishot", without: ["multishot-recv", "multishot-accept", "multishot-poll"] },
  { title: "no buffer-ring", without: ["buffer-ring"] },
  { title: "no silent-sends", without: ["silent-sends"] },
  {
    title: "nothing new",
    without: [
      "submit-all",
      "ext-arg",
      "buffer-ring",
      "multishot-accept",
      "multishot-poll",
      "silent-sends",
    ],
  },
];

/** A proactor with what a test opened on it. */
export class Bench extends DriverBench<UringDriver> {
  constructor(options: DriverOptions = {}) {
    super(() => openDriver(options));
  }

  /** Turns without waiting until the driver has nothing left to do. */
  settle(): void {
    const deadline = performance.now() + LIMIT_MS;
    while (this.driver.turn(0) > 0 || this.driver.mayProgress()) {
      if (performance.now() > deadline) throw new Error("It does not settle");
    }
  }
}

export function openDriver(options: DriverOptions = {}): UringDriver {
  const opened = UringDriver.open(options);
  if (opened instanceof UringDriver) return opened;
  throw new Error(opened.cause);
}

/** How many separate mappings this process has. */
export function mappings(): number {
  return readFileSync("/proc/self/maps", "latin1").split("\n").length;
}

/** Whether a descriptor is readable now. */
export function isReadable(fd: number): boolean {
  const result = poll.attempt({ fd, address: 0, length: 0, offset: 0, flags: POLLIN });
  return result !== WOULD_BLOCK && (must(result) & POLLIN) !== 0;
}

/** Waits until a descriptor is readable, within a limit of time. */
export function waitReadable(fd: number): void {
  const deadline = performance.now() + LIMIT_MS;
  while (!isReadable(fd)) {
    if (performance.now() > deadline) throw new Error("It did not become readable in time");
  }
}
